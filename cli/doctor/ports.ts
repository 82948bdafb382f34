import { readdirSync } from 'node:fs';
import { cliLimits } from '#shared/limits/cli.ts';
import { type LocalStack, stackPorts } from '../local-stack.ts';
import { portFault } from '../port-fault.ts';
import type { OriginSettings } from './settings.ts';
import { failed, ok, type Verdict } from './verdict.ts';

const localPopPorts = [8787, 8788, 8789];
const localRtmpsPort = 1936;

/** A port that something of ours will listen on. */
interface WantedPort {
  readonly port: number;
  readonly use: string;
  /** How to choose another. */
  readonly setting: string;
}

type PortSettings = Pick<OriginSettings, 'isOrigin' | 'dataDir' | 'rtmpPort' | 'rtmpsPort' | 'httpPort'>;

/** Whether ports are free, or held by what is to hold them: an origin that is set up here, else the stack. */
export async function checkPorts(settings: PortSettings, stack: LocalStack | null): Promise<Verdict> {
  if (stack && !settings.isOrigin) return ok('ports', 'held by the stack that runs here');
  const wanted = wantedPorts(settings);
  const faults = await Promise.all(wanted.map(async (entry) => ({ entry, fault: await portFault(entry.port) })));
  const taken = faults.filter(({ fault }) => fault !== null);
  if (taken.length === 0)
    return ok('ports', `${wanted.map(({ port, use }) => `${port} (${use})`).join(', ')} are free`);
  const areAllTaken = taken.length === wanted.filter(({ port }) => port !== 0).length;
  if (areAllTaken && settings.isOrigin && (await runsHere(settings)))
    return ok('ports', 'held by the origin that runs here');
  const ofStack = stack ? stackPorts(stack) : [];
  const whose = ({ port }: WantedPort, fault: string | null) => {
    if (fault !== 'EADDRINUSE') return fault;
    return ofStack.includes(port) ? 'held by the stack that runs here' : 'held by another program';
  };
  const list = taken.map(({ entry, fault }) => `${entry.port} for ${entry.use} (${whose(entry, fault)})`).join(', ');
  const names = [...new Set(taken.map(({ entry }) => entry.setting))].join(' and ');
  return failed('ports', `Not free: ${list}.`, `Stop what listens there, or choose other ports with ${names}.`);
}

/** Of an origin where one is set up here, else of the stack that `headwater up` would start. */
function wantedPorts({ isOrigin, rtmpPort, rtmpsPort, httpPort }: PortSettings): readonly WantedPort[] {
  const rtmp = { port: rtmpPort, use: 'encoders', setting: isOrigin ? 'HEADWATER_RTMP_PORT' : '--rtmp-port' };
  const rtmps = (port: number, setting: string) => ({ port, use: 'encoders over TLS', setting });
  if (isOrigin) {
    const http = { port: httpPort, use: 'PoPs', setting: 'HEADWATER_HTTP_PORT' };
    return [rtmp, ...(rtmpsPort === null ? [] : [rtmps(rtmpsPort, 'HEADWATER_RTMPS_PORT')]), http];
  }
  const pops = localPopPorts.map((port) => ({ port, use: 'a local PoP', setting: '--port' }));
  return [rtmp, rtmps(localRtmpsPort, '--rtmps-port'), ...pops];
}

/** An origin answers at its port, and it may be this one. */
async function runsHere({ dataDir, httpPort }: PortSettings): Promise<boolean> {
  return !isIdle(dataDir) && (await originAnswers(httpPort));
}

/** Whether a data folder is there that no origin runs on; one that is not there may be seen from elsewhere only. */
function isIdle(dataDir: string): boolean {
  try {
    return !readdirSync(dataDir).some((name) => name.startsWith('in-use.'));
  } catch {
    return false;
  }
}

async function originAnswers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`, {
      signal: AbortSignal.timeout(cliLimits.checkMsMax),
    });
    return response.ok && (await response.text()) === 'ok\n';
  } catch {
    return false;
  }
}
