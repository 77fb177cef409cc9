#ifndef ENC_INIT_INIT_CHANNEL_H
#define ENC_INIT_INIT_CHANNEL_H

/*
 * The result channel: a socket of AF_UNIX with the abstract name
 * "enclave-result", to which every process of the session can connect. A
 * connection delivers one result and gets one byte: 0, or the reason why the
 * result isn't kept (docs/protocol/runner.md). The answer is sent when the gate
 * has the result, so it survives whatever happens to the sandbox. Connections
 * are served one after another; a process that doesn't go on delays processes of
 * its own session alone.
 */

#include "init_result.h"

struct enc_init;

struct enc_init_channel {
	int listener; /* -1 before enc_init_channel_open() */
	int client;   /* connection that is served; -1: none */
	struct enc_init_result result;
	bool answers;	    /* the result is judged, and `answer` is due */
	uint8_t answer;	    /* enum enc_reject_reason; 0: the result counts */
	uint64_t when_sent; /* when the gate has so many bytes */
};

void enc_init_channel_init(struct enc_init_channel *channel);

/* enc_init_channel_open() - listen. Return: 0 or a negative errno */
ENC_NODISCARD int enc_init_channel_open(struct enc_init_channel *channel);

/* enc_init_channel_fd() - the descriptor to poll for input; -1: none */
int enc_init_channel_fd(const struct enc_init_channel *channel);

/*
 * enc_init_channel_serve() - accept a connection, or read from the one that is
 * served. Return: 0; a negative errno that ends the sandbox
 */
ENC_NODISCARD int enc_init_channel_serve(struct enc_init *init);

/* enc_init_channel_settle() - send the answer if it is due */
void enc_init_channel_settle(struct enc_init *init);

/*
 * enc_init_channel_finish() - at the end of the program: report a result that
 * broke off. Return: 0; a negative errno that ends the sandbox
 */
ENC_NODISCARD int enc_init_channel_finish(struct enc_init *init);

#endif
