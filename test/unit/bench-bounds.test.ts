import { beyond, readBounds } from '../bench/bounds.ts';

describe('the bounds of the benchmark', () => {
  test('name each figure that is beyond its bound, and each that was not measured', () => {
    expect(beyond({ a: 1, b: 2.1, c: 'embedded' }, { a: 1, b: 2, c: 3, d: 4 })).toEqual([
      'b is 2.1, and may be 2 at most',
      'c was not measured',
      'd was not measured',
    ]);
  });

  test('hold no times, which are the machine’s as much as the operator’s', () => {
    expect(Object.keys(readBounds()).filter((name) => /Ms|Mb|Seconds/.test(name))).toEqual([]);
  });
});
