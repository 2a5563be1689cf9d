import net from 'node:net';
import { text } from 'node:stream/consumers';

/** Sends bytes that no HTTP client would send. Returns what arrives until the server closes the connection. */
export function sendRaw(port: number, request: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1', () => void socket.write(request));
  return text(socket);
}
