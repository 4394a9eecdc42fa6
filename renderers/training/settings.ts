/** What a reader can choose about the curves. */
export interface TrainingSettings {
  x: 'step' | 'epoch';
  /** Metrics that are switched off. */
  hidden: string[];
  /** Logarithmic axis for losses. */
  log: boolean;
  /** 0 (off) to 0.99: weight of the past in the moving average; the raw line always stays. */
  smoothing: number;
}

export const DEFAULT_SETTINGS: TrainingSettings = { x: 'step', hidden: [], log: false, smoothing: 0 };

/** What was saved in an editor's state may come from another version. */
export function readSettings(saved: Partial<TrainingSettings> | undefined): TrainingSettings {
  return {
    x: saved?.x === 'epoch' ? 'epoch' : 'step',
    hidden: Array.isArray(saved?.hidden) ? saved.hidden.filter((name) => typeof name === 'string') : [],
    log: saved?.log === true,
    smoothing: typeof saved?.smoothing === 'number' ? Math.max(0, Math.min(0.99, saved.smoothing)) : 0,
  };
}
