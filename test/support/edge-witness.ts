/** What viewers behind one PoP are told of a rendition, asked again and again. */
export interface EdgeWitness {
  /** The last number that each answer listed, in the order of the answers. */
  readonly numbers: readonly number[];
  /** Statuses other than 200. */
  readonly refusals: readonly number[];
  /** Answers that said that the broadcast is over. */
  readonly ends: number;
  stop(): Promise<void>;
}

const everyMs = 200;

/** Asks for a media playlist until it is stopped. */
export function witnessPlaylist(url: string): EdgeWitness {
  const numbers: number[] = [];
  const refusals: number[] = [];
  let ends = 0;
  let isOver = false;
  const look = async () => {
    const response = await fetch(url);
    const text = await response.text();
    if (response.status !== 200) refusals.push(response.status);
    else {
      numbers.push(Number(/(\d+)\.m4s\n(?!.*\d+\.m4s\n)/s.exec(text)?.[1] ?? -1));
      if (text.includes('#EXT-X-ENDLIST')) ends++;
    }
  };
  const work = (async () => {
    while (!isOver) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  })();
  return {
    numbers,
    refusals,
    get ends() {
      return ends;
    },
    stop: () => {
      isOver = true;
      return work;
    },
  };
}
