/**
 * How the bytes of a connection travel just now, by the pair of candidates in use: `relayed` as soon
 * as either end of it is a TURN server's. Absent while no pair is.
 */
export async function connectionPath(
  rtc: RTCPeerConnection,
): Promise<'direct' | 'relayed' | undefined> {
  return pathIn(await rtc.getStats());
}

export function pathIn(report: RTCStatsReport): 'direct' | 'relayed' | undefined {
  const pair = selectedPair(report);
  if (pair === undefined) return undefined;
  const types = [pair.localCandidateId, pair.remoteCandidateId].map(
    (id) => (report.get(id) as { candidateType?: string } | undefined)?.candidateType,
  );
  return types.includes('relay') ? 'relayed' : 'direct';
}

export function selectedPair(report: RTCStatsReport): RTCIceCandidatePairStats | undefined {
  const entries = [...report.values()] as RTCStats[];
  const transport = entries.find(
    (entry): entry is RTCTransportStats =>
      entry.type === 'transport' &&
      (entry as RTCTransportStats).selectedCandidatePairId !== undefined,
  );
  if (transport?.selectedCandidatePairId === undefined) return undefined;
  return report.get(transport.selectedCandidatePairId) as RTCIceCandidatePairStats | undefined;
}
