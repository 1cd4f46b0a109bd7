/**
 * What the page may do, said with everything that is served: its own script and styles, its own
 * socket, and nothing else from anywhere; shown in no frame, stored nowhere.
 */
export function pageHeaders(socketOrigins: readonly string[]): Readonly<Record<string, string>> {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "font-src 'self'",
      // The empty icon, which keeps the browser from asking for one.
      'img-src data:',
      `connect-src ${socketOrigins.join(' ')}`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
    ].join('; '),
    'permissions-policy':
      'camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), ' +
      'picture-in-picture=(self), geolocation=(), usb=(), serial=(), hid=(), payment=()',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  };
}
