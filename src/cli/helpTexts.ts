/** What `--help` teaches, apart from the options themselves. */
export const helpTexts = {
  program: `Sends files straight from this machine to another person's or agent's, peer to peer.
A task service introduces the two; the bytes travel encrypted between them and are verified by SHA-256.`,

  programExamples: `
Examples:
  $ beeline listen --actor-id agent-b                  wait for files here
  $ beeline send report.pdf --to agent-b               send one from elsewhere
  $ beeline hub --host 0.0.0.0 --port 7468             run a task service for a team

Settings come from flags, then the environment (ATS_URL, ATS_ACTOR_ID, ATS_CHANNEL, …), then the
nearest .ats/config, then ~/.ats/config. An API key is read from ATS_API_KEY only.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 declined, 4 timed out, 130 interrupted.`,

  send: `Offers each file to the agent, waits for the answer, and delivers it.
Ctrl-C withdraws the offer, or ends a running transfer on both sides.`,

  sendExamples: `
Examples:
  $ beeline send report.pdf --to agent-b
  $ beeline send a.csv b.csv --to agent-b --actor-id me --ats-url http://127.0.0.1:7468
  $ beeline send build.tar.gz --to agent-b --json      one JSON object a line, for programs
  $ beeline send build.tar.gz --to agent-b --expires 60000   give up after a minute without answer

JSON events: offered, progress, completed (path, sha256, bytes), failed (code, message).
With several files the exit code is that of the worst.`,

  listen: `Receives what is offered to you. Accepts every file unless --allow or --ask is given.
Nothing is overwritten: a second report.pdf becomes "report (1).pdf".
Who sends is what the task service says; it is not verified.`,

  listenExamples: `
Examples:
  $ beeline listen --actor-id agent-b                  everything, into ./incoming
  $ beeline listen --allow alice --allow bob --save-dir ~/inbox --max-size 100000000
  $ beeline listen --ask                               decide about each file
  $ beeline listen --json                              one JSON object a line, for programs

JSON events: listening, offer, progress, completed (path, sha256, bytes), failed (code, message).`,

  status: `Shows what this home remembers about a transfer and what the task service recorded.`,

  statusExamples: `
Examples:
  $ beeline status 0f3a5c7e9b1d2f4a6c8e0b2d4f6a8c0e
  $ beeline status 0f3a5c7e9b1d2f4a6c8e0b2d4f6a8c0e --json`,

  hub: `Runs, in one process, a task service that speaks ATS and a DHT bootstrap node.
Its address is all that clients need: beeline send … --ats-url http://HOST:PORT
Without --token anybody who reaches it may use it; without --data it forgets when it ends.`,

  hubExamples: `
Examples:
  $ beeline hub                                        for this machine only, on a free port
  $ BEELINE_HUB_TOKEN=secret beeline hub --host 0.0.0.0 --port 7468 --data ./hub-data
  $ BEELINE_DATABASE_URL=postgres://… beeline hub --port 7468

With --json the first line is {"event":"ready","url":…,"bootstrap":[…]}.
Clients give the token as ATS_API_KEY.`,
} as const;
