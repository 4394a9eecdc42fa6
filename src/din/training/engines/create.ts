import type { EncodedData } from '../../data/encoded';
import { GraphRefused } from '../../graph/refused';
import { ownFields } from '../own-code';
import { statefulLayer } from '../stateful';
import type { TrainingProgram } from '../step';
import { EagerEngine } from './eager';
import type { TrainingEngine } from './engine';
import { GraphEngine } from './graph';
import { VerifiedEngine } from './verified';

/**
 * How steps are computed. `auto`: as one TensorFlow graph, compiled by XLA where that pays in the steps that remain,
 * and op by op where no graph can be made. `xla`: always compiled, where there is XLA. `off`: op by op.
 */
export type GraphMode = 'auto' | 'xla' | 'off';

/** What an engine is made for. */
export interface EngineRequest {
  program: TrainingProgram;
  data: EncodedData;
  batchSize: number;
  epochs: number;
  /** Of random ops in a graph (dropout). */
  seed: number;
  graph: GraphMode;
  /** Steps of a fit that is resumed. */
  stepsHere?: number;
  /** Callbacks of the user's own run between steps and epochs: they may change numbers that a graph holds. */
  callbacks: boolean;
  /** Takes sentences for people: why there is no graph, what is about to take seconds. */
  announce: (message: string) => void;
}

/**
 * The engine that runs a training: the one place that decides.
 * @throws DataError for an id outside its table.
 */
export async function createEngine(request: EngineRequest): Promise<TrainingEngine> {
  const { program, data, batchSize, seed, graph } = request;
  program.optimizer.adoptRate();
  const eager = () => new EagerEngine(program, data, batchSize, seed);
  if (graph === 'off') return eager();
  const putBack = ownFields(program.network);
  try {
    const stateful = statefulLayer(program.network);
    if (stateful) {
      throw new GraphRefused(
        `the layer '${stateful}' is stateful, and a graph would begin each batch from the same state`,
      );
    }
    const engine = await GraphEngine.create({ ...request, mode: graph, watched: request.callbacks });
    const counted = putBack();
    if (counted) {
      engine.dispose();
      throw new GraphRefused(
        `${counted} changes when its layer is called, and a graph would hold what it was: a tf.Variable would change in both`,
      );
    }
    if (onlyInGraphs(program)) return engine;
    return new VerifiedEngine(engine, batchSize, {
      reference: eager,
      compared: weightsOf(program) <= COMPARABLE,
      again: request.callbacks,
      announce: request.announce,
    });
  } catch (error) {
    putBack();
    if (!(error instanceof GraphRefused)) throw error;
    // On a backend that never has graphs, eager is what everybody expects.
    if (error.expected && graph === 'auto') return eager();
    request.announce(`Training runs op by op (eager), because ${error.message}.`);
    return eager();
  }
}

/** Keras' sums of squares, of repeated ids, are made of single lookups' gradients, which nothing but a graph tells apart. */
const onlyInGraphs = ({ optimizer }: TrainingProgram): boolean => optimizer.definition.config.repeatedIds === 'keras';

/** Above so many weights a step op by op, which updates them all, would take seconds: such graphs are not compared. */
const COMPARABLE = 2e7;

const weightsOf = ({ optimizer }: TrainingProgram): number =>
  optimizer.variables.reduce((sum, { size }) => sum + size, 0);
