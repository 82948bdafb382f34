import { DurableObject } from 'cloudflare:workers';
import { arbiterLimits } from '#shared/limits/control.ts';
import type { Env } from '../env.ts';
import {
  type Arbitration,
  type Claim,
  claimPlace,
  leavePlace,
  noArbitration,
  type Proof,
  type Standing,
} from './arbitration.ts';
import { mayGoOn, noteShown, type ShownKey } from './shown-keys.ts';

/**
 * Says which origin is the active one of a channel while several have a publisher of it. Written before it is answered, so an
 * object that was moved or restarted goes on where it was.
 */
export class ChannelArbiter extends DurableObject<Env> {
  readonly #storage: DurableObjectStorage;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#storage = state.storage;
  }

  /** What an origin's claim comes to; one that rests on nothing is refused, and changes nothing. */
  async claim(claim: Claim, proof: Proof): Promise<Standing> {
    const nowMs = Date.now();
    const before = this.#state();
    const shown = this.#storage.kv.get<readonly ShownKey[]>('shown') ?? [];
    if (proof === 'own_key' && !mayGoOn(before, shown, claim, nowMs)) {
      return { role: 'refused', epoch: before.epoch, standbys: before.waiting.length, leftMs: 0 };
    }
    const [state, standing] = claimPlace(before, claim, nowMs);
    this.#storage.kv.put('shown', noteShown(shown, claim.origin, nowMs));
    await this.#keep(state);
    return standing;
  }

  /** An origin's publisher is gone, and all that was made of it is where another origin finds it. */
  async leave(origin: string, session: string): Promise<void> {
    await this.#keep(leavePlace(this.#state(), origin, session, Date.now()));
  }

  /** Nobody has asked for long: who comes next is decided by the catalogue. */
  override async alarm(): Promise<void> {
    this.#storage.kv.put('state', { ...noArbitration, epoch: this.#state().epoch });
    this.#storage.kv.delete('shown');
  }

  #state(): Arbitration {
    return this.#storage.kv.get<Arbitration>('state') ?? noArbitration;
  }

  async #keep(state: Arbitration): Promise<void> {
    this.#storage.kv.put('state', state);
    await this.#storage.setAlarm(Date.now() + arbiterLimits.forgetMs);
  }
}
