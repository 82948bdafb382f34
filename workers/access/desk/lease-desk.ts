import { DurableObject } from 'cloudflare:workers';
import { deskLimits, signingLimits, tokenLimits } from '#shared/limits/access.ts';
import type { Env } from '../../env.ts';
import { leavePlace, noSessions, type PlaceRequest, takePlace, type ViewerState, viewerEndMs } from './lease-state.ts';
import { type LinkState, useLink } from './link-state.ts';

/**
 * The sessions of one viewer (`viewer:<sub>`), the uses of one signed link (`link:<id>`), or the lease of one session
 * (`session:<id>`). All of it lies in storage,
 * written before it is answered, so an object that was moved or restarted goes on where it was.
 */
export class LeaseDesk extends DurableObject<Env> {
  readonly #storage: DurableObjectStorage;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#storage = state.storage;
  }

  /** Until when the session may play, ms since the Unix epoch; null when the viewer has too many. */
  async take(request: PlaceRequest): Promise<number | null> {
    const nowMs = Date.now();
    const { state, untilMs } = takePlace(this.#viewer(), request, nowMs);
    this.#storage.kv.put('viewer', state);
    await this.#wakeBy(viewerEndMs(state));
    return untilMs;
  }

  /** A session of the viewer ends now. */
  leave(session: string): void {
    this.#storage.kv.put('viewer', leavePlace(this.#viewer(), session));
  }

  /** Counts a session that begins with the link, once however often it asks; false when it is used up. */
  async use(id: string, session: string, usesMax: number): Promise<boolean> {
    if (this.#storage.kv.get(`used:${session}`)) return true;
    const state = useLink(this.#storage.kv.get<LinkState>('link') ?? null, id, usesMax, Date.now());
    if (!state) return false;
    this.#storage.kv.put('link', state);
    this.#storage.kv.put(`used:${session}`, true);
    await this.#wakeBy(Date.now() + deskLimits.usesFlushMs);
    return true;
  }

  /**
   * Until when the session may go on, ms since the Unix epoch; prolonged to `wishMs` from now unless it is over.
   * @param knownUntilMs what the asking isolate knows, for this desk may have been away or not been told yet
   * @param wishMs 0: only asked
   */
  async prolong(knownUntilMs: number, wishMs: number): Promise<number> {
    const nowMs = Date.now();
    const heldMs = Math.max(this.#storage.kv.get<number>('lease') ?? 0, knownUntilMs);
    if (wishMs === 0 || heldMs <= nowMs) return heldMs;
    const untilMs = Math.max(heldMs, nowMs + wishMs);
    this.#storage.kv.put('lease', untilMs);
    await this.#wakeBy(untilMs + tokenLimits.mediaGraceMs);
    return untilMs;
  }

  override async alarm(): Promise<void> {
    const link = this.#storage.kv.get<LinkState>('link');
    const leaseEndMs = (this.#storage.kv.get<number>('lease') ?? 0) + tokenLimits.mediaGraceMs;
    const endMs = link
      ? link.firstUseMs + signingLimits.tokenLifeMsMax
      : Math.max(viewerEndMs(this.#viewer()), leaseEndMs);
    if (link && !link.isStored) await this.#store(link);
    // What came while it was stored has set one that is sooner.
    if (endMs > Date.now()) await this.#wakeBy(endMs);
    else await this.#storage.deleteAll();
  }

  /** Lazily, after the viewer was answered; an alarm that fails comes again. */
  async #store(link: LinkState): Promise<void> {
    await this.env.DB.prepare(
      'UPDATE links SET uses = MAX(uses, ?2), last_use_ms = MAX(COALESCE(last_use_ms, 0), ?3) WHERE id = ?1',
    )
      .bind(link.id, link.uses, link.lastUseMs)
      .run();
    const now = this.#storage.kv.get<LinkState>('link');
    if (now && now.uses === link.uses) this.#storage.kv.put('link', { ...now, isStored: true });
    else await this.#storage.setAlarm(Date.now() + deskLimits.usesFlushMs);
  }

  #viewer(): ViewerState {
    return this.#storage.kv.get<ViewerState>('viewer') ?? noSessions;
  }

  async #wakeBy(atMs: number): Promise<void> {
    const setMs = await this.#storage.getAlarm();
    if (setMs === null || setMs > atMs) await this.#storage.setAlarm(atMs);
  }
}
