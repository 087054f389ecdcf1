// Counts for people.

/** Every digit: 12,340. */
export const fullCount = (count: number): string => count.toLocaleString("en");

/** One that fits: 950, 4.2 k, 11 k, 1.3 M. */
export function shortCount(count: number): string {
  if (count < 1000) return String(count);
  if (count < 999_500) return `${(count / 1000).toFixed(count < 9950 ? 1 : 0)} k`;
  return `${(count / 1_000_000).toFixed(count < 9_950_000 ? 1 : 0)} M`;
}

export const entryCount = (count: number): string => (count === 1 ? "1 entry" : `${fullCount(count)} entries`);

/** A part of a whole, 0 to 1, as a percentage: 34 %, 0.4 %, <0.1 %. */
export function shareText(share: number): string {
  if (share > 0 && share < 0.001) return "<0.1 %";
  return `${share === 0 || share >= 0.0995 ? Math.round(100 * share) : (100 * share).toFixed(1)} %`;
}
