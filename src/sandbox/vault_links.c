#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "fd.h"
#include "gate_order.h"
#include "ipc.h"
#include "log.h"
#include "vault.h"
#include "vault_links.h"

/* introduce() - make a pair, and send one end to the vault */
static int introduce(int vault, uint32_t opcode, uint64_t tag, int *ret_far)
{
	const struct enc_vault_head head = { .opcode = opcode, .tag = tag };
	int ends[2];
	int r = vault < 0 ? -ENOTCONN : enc_ipc_pair(SOCK_SEQPACKET, ends);

	if (r < 0) {
		return r;
	}
	r = enc_ipc_send(vault, &head, sizeof(head), ends[0]);
	enc_fd_close(&ends[0]);
	if (r < 0) {
		enc_fd_close(&ends[1]);
		/* This vault is dying; another one will be started. */
		return r == -EPIPE || r == -ECONNRESET ? -ENOTCONN : r;
	}
	*ret_far = ends[1];
	return 0;
}

int enc_vault_links_api(int vault, int *ret_api)
{
	return introduce(vault, ENC_VAULT_API, 0, ret_api);
}

int enc_vault_links_gate(int vault, uint64_t tag, int orders)
{
	const struct enc_gate_order order = { .opcode = ENC_GATE_VAULT };
	enc_autoclose int far = -1;
	int r = introduce(vault, ENC_VAULT_GATE, tag, &far);

	return r < 0 ? r : enc_ipc_send(orders, &order, sizeof(order), far);
}

void enc_vault_links_gone(int vault, uint64_t tag)
{
	const struct enc_vault_head head = { .opcode = ENC_VAULT_GONE,
					     .tag = tag };
	int r = vault < 0 ? 0 : enc_ipc_send(vault, &head, sizeof(head), -1);

	if (r < 0 && r != -EPIPE && r != -ECONNRESET) {
		enc_log(ENC_LOG_ERROR, NULL,
			"the vault can't be told of an end, so its link is "
			"closed: %s",
			strerror(-r));
		/* It must not know a tag that is used again. */
		(void)shutdown(vault, SHUT_RDWR);
	}
}
