import type { ChatEvents, ChatRequests } from '../../src/bridge/chatPage';
import type { Host } from '../host';

/** Whoever answers the chat panel. */
export type ChatHost = Host<ChatRequests, ChatEvents>;
