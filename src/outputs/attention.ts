/** An item as people know it. */
export interface ItemLabel {
  /** The item's id in the source data, as text. */
  id: string;
  title: string;
}

/** One history position: absent (padding) is null. */
export interface AttentionCell extends ItemLabel {
  /** Attention weight as the pooling used it, after `normalize`. */
  weight: number;
  /** Planted relevance in [0, 1], where the data set knows it. */
  relevance?: number;
}

/** One scored (history, candidate) pair. */
export interface AttentionRow {
  candidate: ItemLabel;
  /** Whose history it is, for a reader: `user 42`. */
  user?: string;
  /** Predicted probability in (0, 1). */
  score?: number;
  label?: 0 | 1;
  /** Most recent first; null where the history is shorter than the model's. */
  history: (AttentionCell | null)[];
}

/** What `application/vnd.dinnb.attention+json` holds: history positions as columns, candidates as rows. */
export interface AttentionOutput {
  version: 1;
  title: string;
  normalize: 'none' | 'sigmoid' | 'softmax';
  rows: AttentionRow[];
}
