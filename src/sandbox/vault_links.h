#ifndef ENC_SANDBOX_VAULT_LINKS_H
#define ENC_SANDBOX_VAULT_LINKS_H

/*
 * The launcher's part of the vault's protocol (launch/vault.h): it makes the
 * links between the vault, enclave-api and the gates, and names the gates to
 * the vault. It never sees a secret.
 */

#include <stdint.h>

#include "err.h"

/*
 * enc_vault_links_api() - make the link between the vault and enclave-api
 * @vault:   the launcher's own link
 * @ret_api: enclave-api's end
 *
 * Return: 0; -ENOTCONN without a vault; another negative errno
 */
ENC_NODISCARD int enc_vault_links_api(int vault, int *ret_api);

/*
 * enc_vault_links_gate() - make the link between the vault and a gate
 * @tag:    the session's
 * @orders: the launcher's end towards the gate
 *
 * Return: 0; -ENOTCONN without a vault; another negative errno
 */
ENC_NODISCARD int enc_vault_links_gate(int vault, uint64_t tag, int orders);

/*
 * enc_vault_links_gone() - tell the vault that a session is over and its tag
 * unused. A vault that can't be told loses its link, and ends.
 */
void enc_vault_links_gone(int vault, uint64_t tag);

#endif
