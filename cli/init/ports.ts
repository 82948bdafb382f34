import { type LocalStack, stackPorts } from '../local-stack.ts';
import { portFault } from '../port-fault.ts';

/** Ports of an origin: for encoders, and for PoPs. */
export interface Ports {
  readonly rtmp: number;
  readonly http: number;
}

/** Those that an origin has unless it is told others. */
export const usualPorts: Ports = { rtmp: 1935, http: 8080 };
const usualRtmpsPort = 1936;
const triesMax = 64;

/** What is wrong with a port, in words; undefined for a good one. */
export function portTextFault(text: string | undefined): string | undefined {
  const isPort = /^\d{1,5}$/.test(text ?? '') && Number(text) > 0 && Number(text) <= 65_535;
  return isPort ? undefined : 'A port is a whole number from 1 to 65535.';
}

/** The usual ports where they are free beside a stack that runs here, and the next ones that are free where not. */
export async function portsBeside(
  stack: LocalStack,
  isFree: (port: number) => Promise<boolean> = async (port) => (await portFault(port)) === null,
): Promise<Ports> {
  const held = [...stackPorts(stack), usualRtmpsPort];
  const firstFree = async (from: number, others: readonly number[]) => {
    for (let port = from; port < from + triesMax; port++) {
      if (!others.includes(port) && (await isFree(port))) return port;
    }
    // Then the start says what is wrong with it.
    return from;
  };
  return { rtmp: await firstFree(usualPorts.rtmp, held), http: await firstFree(usualPorts.http, held) };
}
