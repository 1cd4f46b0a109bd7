export interface Closable {
  dispose(): unknown;
}

/**
 * What one owner has to let go of. Whatever arrives after the end is let go of at once, so that an
 * asynchronous start that is overtaken by the end cannot leak.
 */
export class DisposableList implements Closable {
  private items: Closable[] | undefined = [];

  add<T extends Closable>(item: T): T {
    if (this.items === undefined) item.dispose();
    else this.items.push(item);
    return item;
  }

  /** Newest first, because later things lean on earlier ones. One that throws stops no other. */
  dispose(): void {
    const items = this.items ?? [];
    this.items = undefined;
    const thrown: unknown[] = [];
    for (const item of items.reverse()) {
      try {
        item.dispose();
      } catch (error) {
        thrown.push(error);
      }
    }
    if (thrown.length > 0) throw new AggregateError(thrown, 'Something could not be let go of.');
  }
}
