#ifndef ENC_TESTS_VAULT_DOUBLE_H
#define ENC_TESTS_VAULT_DOUBLE_H

/* For tests that play the vault towards enclave-api's client of it. */

#include <errno.h>
#include <sys/socket.h>

#include "ipc.h"
#include "vault_client.h"

/* vault_double_attach() - give a client a new link. Return: the vault's end */
static inline int vault_double_attach(struct enc_vault_client *client)
{
	int ends[2];

	assert_int_equal(enc_ipc_pair(SOCK_SEQPACKET, ends), 0);
	enc_vault_client_attach(client, ends[0]);
	return ends[1];
}

/* vault_double_is_quiet() - whether no request has come to the vault */
static inline bool vault_double_is_quiet(int vault)
{
	uint8_t byte;
	int fd;

	return enc_ipc_receive(vault, &byte, 1, &fd) == -EAGAIN;
}

#endif
