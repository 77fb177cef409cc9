#ifndef ENC_VAULT_VAULT_RUN_H
#define ENC_VAULT_VAULT_RUN_H

/*
 * The vault's loop. It ends when the launcher's link ends, and never waits for a
 * peer.
 *
 * Should: keep a record in clear only while a message with it is handled.
 * Mustn't: open a file except in its own directory; log the content of
 * messages.
 */

#include <stdbool.h>

#include "def.h"

struct enc_vault_options {
	int launcher; /* SOCK_SEQPACKET pair, taken */
	int keys;     /* read up to its end: the master keys; taken */
	int dir;      /* directory of the memory, taken */
	int ready; /* gets a byte when requests are answered, taken; -1: none */
	bool may_make; /* make the memory if it is missing */
};

/* enc_vault_run() - run the vault. Return: 0 or a code of sysexits.h */
int enc_vault_run(const struct enc_vault_options *options);

#endif
