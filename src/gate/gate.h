#ifndef ENC_GATE_GATE_H
#define ENC_GATE_GATE_H

/*
 * The gate of one session, through which everything leaves a sandbox. It is
 * started with the descriptors of launch/gate_order.h, lives as long as its
 * session, and reports events to enclave-api (docs/protocol/gate.md).
 */

/* enc_gate_run() - serve the session until its end. Return: the exit code */
int enc_gate_run(void);

#endif
