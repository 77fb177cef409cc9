#ifndef ENC_TESTS_LIVE_GATE_H
#define ENC_TESTS_LIVE_GATE_H

/* Runs enclave-gate as the launcher does, in a network of its own. */

#include <stdbool.h>
#include <sys/types.h>

#include "net_session.h"

enum { LIVE_GATE_MS = 5000, LIVE_GATE_UID = 0x6ffffff2 };

struct live_gate {
	struct enc_net_session *network;
	int control; /* the far ends */
	int orders;
	int runner;
	int pidfd;
	pid_t pid;
};

/* live_gate_start() - start a gate, and wait until it serves */
void live_gate_start(struct live_gate *gate);

/* live_gate_serves() - whether the gate's loop runs, so its filter is on */
bool live_gate_serves(const struct live_gate *gate);

/*
 * live_gate_stop() - end the gate by closing the launcher's end
 * @status: already reaped, or -1
 */
void live_gate_stop(struct live_gate *gate, int status);

/* live_gate_netns() - the network namespace of its session */
int live_gate_netns(const struct live_gate *gate);

/* live_gate_pair() - two connected sockets that don't block */
void live_gate_pair(int type, int *ret_near, int *ret_far);

/* live_gate_number() - read the number behind @label in a file of /proc */
long live_gate_number(pid_t pid, const char *file, const char *label);

#endif
