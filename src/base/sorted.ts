/** How many of the ascending numbers are below a value. @param orEqual those that are the value count too */
export function countBelow(ascending: ArrayLike<number>, value: number, orEqual = false): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < value || (orEqual && ascending[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}
