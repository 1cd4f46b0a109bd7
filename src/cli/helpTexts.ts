/** What `--help` teaches, apart from the options themselves. */
export const helpTexts = {
  program: `Sends files straight from this machine to another person's or agent's, peer to peer.
A task service introduces the two; the bytes travel encrypted between them and are verified by SHA-256.
Agents that were paired prove to each other who they are; of all others only the service says it.`,

  programExamples: `
Examples:
  $ beeline listen --actor-id agent-b                  wait for files here
  $ beeline send report.pdf --to agent-b               send one from elsewhere
  $ beeline sync site --to agent-b                     keep a paired agent's copy in step
  $ beeline pair                                       get to know another agent
  $ beeline chat agent-b                               talk with a paired agent
  $ beeline call agent-b                               and see it, in the browser
  $ beeline hub --host 0.0.0.0 --port 7468             run a task service for a team

Settings come from flags, then the environment (ATS_URL, ATS_ACTOR_ID, ATS_CHANNEL, …), then the
nearest .ats/config, then ~/.ats/config. An API key is read from ATS_API_KEY only.
Relays for paired agents: BEELINE_RELAYS (keys, with commas), BEELINE_DIRECT_ONLY (1 or 0).
STUN and TURN servers for chats and calls: BEELINE_ICE_SERVERS or --ice-servers name a file with a
list as browsers take it, [{"urls":["turn:HOST:3478"],"username":…,"credential":…}]; [] is none.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 declined, 4 timed out, 130 interrupted.`,

  send: `Offers files to the agent, waits for the answer, and delivers them.
A paired agent may be named by its name or key id as well, and takes folders
too: all paths go to it as one transfer, over its proven link only, which goes
on by itself when that comes back. What it has from before does not travel
again. Of a folder, links that lead out of it are refused.
Every other agent is offered one file at a time.
Ctrl-C withdraws the offer, or ends a running transfer on both sides.`,

  sendExamples: `
Examples:
  $ beeline send report.pdf --to agent-b
  $ beeline send report.pdf --to "Bob's laptop"        to a paired agent, by its name
  $ beeline send src docs README.md --to agent-b --gitignore   without what git ignores
  $ beeline send a.csv b.csv --to agent-b --actor-id me --ats-url http://127.0.0.1:7468
  $ beeline send build.tar.gz --to agent-b --json      one JSON object a line, for programs
  $ beeline send build.tar.gz --to agent-b --expires 60000   give up after a minute without answer

JSON events: measured (kind, roots, files, bytes, ignored), offered, progress, interrupted (code,
message, resumes), completed (path, sha256 or treeHash, bytes, files, spared, changed, gone, verified,
via, receipt), failed (code, message). With several transfers the exit code is that of the worst.`,

  resume: `Goes on with what was interrupted and stays until it has ended: what waits for
its agent to come back, and what waits for you, such as a disk that was full.
What has arrived is checked and does not travel again. Without an id: all of it.
Ctrl-C leaves what has not ended for the next time.`,

  resumeExamples: `
Examples:
  $ beeline resume
  $ beeline resume 0f3a5c7e                            by the first digits of its id
  $ beeline resume --json                              one JSON object a line, for programs

JSON events: state (state, code, message, resumes), progress, interrupted, completed, failed.
Exit codes: 0 all delivered or nothing to do, 1 failed or stopped again, 130 interrupted.`,

  sync: `Sends a folder to a paired agent, and then again whenever something in it
changes: only what changed travels. It goes one way; what was changed there is
never overwritten. The other side accepts it once. Nothing is removed there
unless both say so: you with --delete, they when they accept.
While the agent is away it waits. Ctrl-C ends it.`,

  syncExamples: `
Examples:
  $ beeline sync site --to agent-b
  $ beeline sync site --to agent-b --delete --gitignore
  $ beeline sync backup --to "Bob's laptop" --once     one round, for example from cron

JSON events: watching, offered, progress, interrupted, completed (bytes, files, spared, changed, gone),
failed (code, message).`,

  grants: `Lists the folders here that paired agents keep in step with theirs: their id,
the agent, whether it may remove, and where they are.`,

  grantsExamples: `
Examples:
  $ beeline grants
  $ beeline grants --json                              one grant a line
  $ beeline grants revoke 0f3a5c7e                     by the first digits of its id`,

  listen: `Receives what is offered to you, every file and folder unless flags choose.
Nothing is overwritten: a second report.pdf becomes "report (1).pdf", and a
second folder lies beside the first. With --update the first is brought up to
date, except for what was changed here. A sync that you accepted once goes on by
itself; it removes only what it sent, and only with --allow-delete.
Ctrl-C ends it. What a paired agent is just sending goes on when you listen again.
Paired agents prove who they are; of all others only the task service says it.
What bears the name of a paired agent without its signature is never accepted by
itself, only by your y to --ask.
With --chat paired agents can write to you as well. --on-message answers them:
your shell (sh -c, on Windows cmd) runs the command for each message, one at a
time for each agent, with the text on standard input and BEELINE_AGENT_NAME,
BEELINE_AGENT_ID, BEELINE_AGENT_KID, BEELINE_MESSAGE_ID and BEELINE_MESSAGE_KIND
(text or code) in its environment. What it prints, up to 32 KiB, is the answer.
Nothing is none; so is an exit code other than 0, or more than five minutes.`,

  listenExamples: `
Examples:
  $ beeline listen --actor-id agent-b                  everything, into ./incoming
  $ beeline listen --allow alice --allow bob --save-dir ~/inbox --max-size 100000000
  $ beeline listen --paired-only                       only from agents you have paired with
  $ beeline listen --ask                               decide about each offer
  $ beeline listen --paired-only --update              keep one copy of each folder, the newest
  $ beeline listen --chat --on-message ./answer.sh     let a program answer what is written to you
  $ beeline listen --json                              one JSON object a line, for programs

JSON events: listening, offer (trust: verified, unverified or claims; agent, kind, roots, entries,
updates, sync), progress, interrupted (code, message, resumes), completed (path, sha256 or treeHash,
bytes, files, spared, changed, gone, conflicts, deleted, verified, via, receipt), failed (code, message);
with --chat: text, code, file (from, id), answered (id, answer), call, error (code, message).`,

  pair: `Two agents get to know each other's keys, once, and prove who they are from then
on. Without a code it makes an invite: give its code or link to the other side,
on a way you trust. It is good once, for ten minutes. With a code it uses the
other side's. Then both compare fingerprints and confirm.
Other users of this machine can read command lines: use - to give the code on
standard input. --yes confirms without looking, and so trusts everybody who has
the code.`,

  pairExamples: `
Examples:
  $ beeline pair                                       on one machine
  $ beeline pair K7Q2-…                                on the other, with the code of the first
  $ echo "$CODE" | beeline pair - --yes                without showing the code to other users
  $ beeline pair --json                                for programs

JSON events: invite (code, link, expiresAt), confirm (agent, self), paired (agent), failed (code,
message). To confirm without a terminal write {"type":"answer","accept":true} as one line to standard
input, or give --yes.
Exit codes: 0 paired, 1 failed, 3 not confirmed, 4 the invite expired, 130 interrupted.`,

  chat: `Talks with a paired agent. On a terminal it is a conversation: what comes
scrolls above the line you type, /send PATH offers files, /help explains, and
Ctrl-C ends it. Messages are encrypted between the two of you whatever carries
them, and wait here while the agent is away; whether the way is direct, relayed
or offline is told whenever it changes.
With standard input from a pipe each line is a message. The program ends when
all are delivered, or after --timeout; what waits then is sent later.`,

  chatExamples: `
Examples:
  $ beeline chat agent-b
  $ beeline chat agent-b --history 100
  $ git log -1 | beeline chat agent-b                  each line is a message
  $ beeline chat agent-b --json                        for programs and AI agents

With --json one object a line goes both ways. In: {"type":"text","text":…}, with an "id" of 32 hex
digits if you like, and {"type":"typing"}. Out: connected (path: direct or relayed), offline, text
(from, text, id, at), code (path, range, text), file (transferId), typing (typing), queued, sent,
delivered, read (id), history, call, error (code, message, line), ended (waiting). Each message of the
agent comes once, also those that nobody has read before, and counts as read when it is written.
Exit codes: 0 all delivered, 1 failed, 4 not delivered in time (sent later), 130 interrupted.`,

  chats: `Lists the chats, the newest first: the way to the agent, what is unread here,
and what waits to be delivered.`,

  call: `Calls a paired agent; when it is just calling you, accepts. Sound and picture
are on a page in the browser of this machine, whose address is printed, and
opened where there is a screen. It is good for one browser, for a minute.
Ctrl-C hangs up.`,

  callExamples: `
Examples:
  $ beeline call agent-b
  $ beeline call agent-b --audio                       without camera
  $ beeline call agent-b --json                        for programs

JSON events: call (state: ringing, connecting, connected, reconnecting or ended; path, reason,
durationMs), page (url), failed (code, message).
Exit codes: 0 hung up, 1 no connection, 3 declined, busy or not there, 4 no answer, 130 interrupted.`,

  agents: `Lists the paired agents: whether they are online, their name, id and
fingerprint, and what you let them do. An agent is named by its id, its name, or
its key id, of which 8 digits are enough.`,

  agentsExamples: `
Examples:
  $ beeline agents
  $ beeline agents --json                              one agent a line
  $ beeline agents allow agent-b                       accept its files without asking
  $ beeline agents block 0f3a5c7e
  $ beeline agents remove agent-b --yes`,

  status: `Shows what this home remembers about a transfer and what the task service recorded.
Without an id: your own fingerprint, which paired agents are online, the pairings under way, and
what is interrupted, why, and how it goes on.`,

  statusExamples: `
Examples:
  $ beeline status
  $ beeline status 0f3a5c7e9b1d2f4a6c8e0b2d4f6a8c0e
  $ beeline status 0f3a5c7e9b1d2f4a6c8e0b2d4f6a8c0e --json`,

  hub: `Runs, in one process, a task service that speaks ATS, a DHT bootstrap node, and relays for
agents that cannot reach each other; what is relayed is encrypted between the two.
Its address is all that clients need: beeline send … --ats-url http://HOST:PORT
Without --token anybody who reaches it may use it, its relays included; without --data it forgets
when it ends, and its relay has another key the next time.`,

  hubExamples: `
Examples:
  $ beeline hub                                        for this machine only, on a free port
  $ BEELINE_HUB_TOKEN=secret beeline hub --host 0.0.0.0 --port 7468 --data ./hub-data
  $ BEELINE_DATABASE_URL=postgres://… beeline hub --port 7468

With --json the first line is {"event":"ready","url":…,"bootstrap":[…],"relay":…}.
Clients give the token as ATS_API_KEY.`,
} as const;
