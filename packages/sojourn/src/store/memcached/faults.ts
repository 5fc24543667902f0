/** The bytes that came are not an answer of memcached to what was asked. Nothing on that connection can be trusted any more. */
export class ProtocolFault extends Error {
  override readonly name = 'ProtocolFault'
}

/** memcached understood the question and said that it cannot do it. The connection goes on. */
export class ServerRefusal extends Error {
  override readonly name = 'ServerRefusal'
}
