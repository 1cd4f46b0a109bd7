import assert from 'node:assert/strict';
import { DisposableList } from '../../../src/host/disposables';

describe('a list of what has to be let go of', () => {
  const recorder = () => {
    const gone: string[] = [];
    return { gone, item: (name: string) => ({ dispose: () => gone.push(name) }) };
  };

  it('lets go of everything once, the newest first', () => {
    const { gone, item } = recorder();
    const list = new DisposableList();
    list.add(item('a'));
    list.add(item('b'));
    list.dispose();
    list.dispose();
    assert.deepEqual(gone, ['b', 'a']);
  });

  it('lets go of late arrivals at once', () => {
    const { gone, item } = recorder();
    const list = new DisposableList();
    list.dispose();
    list.add(item('late'));
    assert.deepEqual(gone, ['late']);
  });

  it('lets go of the others when one throws, and says so', () => {
    const { gone, item } = recorder();
    const list = new DisposableList();
    list.add(item('a'));
    list.add({
      dispose: () => {
        throw new Error('no');
      },
    });
    list.add(item('b'));
    assert.throws(() => {
      list.dispose();
    }, AggregateError);
    assert.deepEqual(gone, ['b', 'a']);
  });
});
