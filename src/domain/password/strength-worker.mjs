// JavaScript, because worker threads do not inherit the loader of TypeScript in every version of Node.
import { parentPort } from 'node:worker_threads';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english } from '@zxcvbn-ts/language-en';

const estimator = new ZxcvbnFactory({ dictionary: { ...common, ...english }, graphs: adjacencyGraphs });

/** Receives an EstimateRequest and sends an Estimate, see password-strength.ts. */
parentPort.on('message', ({ id, password, words }) => {
  const { score, sequence } = estimator.check(password, words);
  const found = dictionaryMatches(sequence, words);
  const known = found.filter(({ dictionaryName }) => dictionaryName === 'userInputs');
  parentPort.postMessage({
    id,
    score,
    known: known.map(({ matchedWord }) => matchedWord),
    isCommon: found.some(({ dictionaryName }) => dictionaryName === 'passwords-common'),
  });
});

/** Also those inside of a repeated part. */
function dictionaryMatches(sequence, words) {
  return sequence.flatMap((match) => {
    if (match.pattern === 'dictionary') return [match];
    if (match.pattern !== 'repeat') return [];
    const repeated = [match.baseToken].flat().join('');
    return dictionaryMatches(estimator.check(repeated, words).sequence, words);
  });
}
