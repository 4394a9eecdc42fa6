/**
 * Exponential moving average with the start corrected (as Adam corrects its moments), so that it does not begin at
 * zero. Missing values stay missing and do not count.
 *
 * @param weight of the past, in [0, 1)
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  let mean = 0;
  let total = 0;
  return values.map((value) => {
    if (value === null) return null;
    mean = weight * mean + (1 - weight) * value;
    total = weight * total + (1 - weight);
    return mean / total;
  });
}
