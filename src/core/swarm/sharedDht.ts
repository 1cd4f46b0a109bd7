import type HyperDHT from 'hyperdht';

/** Members of the node that a view gives in another way. */
export type Replaced = Readonly<Partial<Record<string, (...args: never[]) => unknown>>>;

/**
 * One DHT node under several Hyperswarms.
 * Hyperswarm destroys the node it was given and leaves its listeners on it; a view keeps the node
 * alive and takes the listeners away when its swarm is done.
 */
export function dhtView(
  dht: HyperDHT,
  replaced: Replaced = {},
): { readonly view: HyperDHT; release(): void } {
  const added: [string, (...args: unknown[]) => void][] = [];
  const view = new Proxy(dht, {
    get(target, property) {
      if (property === 'destroy') return () => Promise.resolve();
      if (property === 'on') {
        return (name: string, listener: (...args: unknown[]) => void) => {
          added.push([name, listener]);
          target.on(name, listener);
          return view;
        };
      }
      if (typeof property === 'string' && Object.hasOwn(replaced, property)) {
        return replaced[property];
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function'
        ? (value as (...args: unknown[]) => unknown).bind(target)
        : value;
    },
  });
  return {
    view,
    release() {
      for (const [name, listener] of added) dht.off(name, listener);
    },
  };
}
