#ifndef ENC_GATE_FLOW_STATE_H
#define ENC_GATE_FLOW_STATE_H

/*
 * States of a TCP connection of the program:
 *
 *	ACCEPTED     the kernel has accepted it, and nothing is decided
 *	READING      waits for what the program says: the name in it has to be
 *	             compared, or an answer has to be in its protocol
 *	RECORDING    waits until the attempt is on record
 *	RESOLVING    waits for the addresses of a name
 *	DIALLING     waits for a connection to the outside
 *	OPEN         both sides may speak
 *	HALF_CLOSED  one side has ended its stream
 *	ANSWERED     the gate itself has answered; what comes is dropped
 *	DONE         it is being closed
 */

#include <stdbool.h>

enum enc_flow_state {
	ENC_FLOW_ACCEPTED,
	ENC_FLOW_READING,
	ENC_FLOW_RECORDING,
	ENC_FLOW_RESOLVING,
	ENC_FLOW_DIALLING,
	ENC_FLOW_OPEN,
	ENC_FLOW_HALF_CLOSED,
	ENC_FLOW_ANSWERED,
	ENC_FLOW_DONE,
	ENC_FLOW_STATES,
};

/* enc_flow_may_move() - whether a state may follow another one */
bool enc_flow_may_move(enum enc_flow_state from, enum enc_flow_state to);

#endif
