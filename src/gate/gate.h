#ifndef ENC_GATE_GATE_H
#define ENC_GATE_GATE_H

/*
 * The gate of one session: everything that leaves a sandbox. Born with the
 * descriptors of launch/gate_order.h, lives as long as its session, tells
 * enclave-api what happened (docs/protocol/gate.md).
 */

/* enc_gate_run() - until the session is told; the process's exit code */
int enc_gate_run(void);

#endif
