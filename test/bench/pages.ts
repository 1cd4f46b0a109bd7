/** The folder beside the sides' program with what a browser loads. */
export const PAGES = 'pages';
