/** What a reader can choose about the map. */
export interface AttentionSettings {
  value: 'weight' | 'relevance';
  /** One colour scale for the whole map, or each row from its own least to its own greatest value. */
  scale: 'map' | 'row';
  /** 0-based page of rows. */
  page: number;
}

/** Rows drawn at once: more cannot be seen together, and each costs text and hover. */
export const PAGE_ROWS = 50;

/** What was saved in an editor's state may come from another version. */
export function readSettings(saved: Partial<AttentionSettings> | undefined): AttentionSettings {
  return {
    value: saved?.value === 'relevance' ? 'relevance' : 'weight',
    scale: saved?.scale === 'row' ? 'row' : 'map',
    page: typeof saved?.page === 'number' && saved.page >= 0 ? Math.floor(saved.page) : 0,
  };
}
