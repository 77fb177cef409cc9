#ifndef ENC_GATE_VAULT_LINK_H
#define ENC_GATE_VAULT_LINK_H

/*
 * The gate's end of its link to the vault (launch/vault.h). The vault sends
 * records and withdrawals; the gate sends nothing. If the link ends, or breaks
 * the protocol, all records are dropped.
 */

struct enc_gate;
struct enc_vault_link;

/* enc_vault_link_new() - take the descriptor of a link, and read it */
struct enc_vault_link *enc_vault_link_new(struct enc_gate *gate, int fd);

/* enc_vault_link_free() - close the link, if it is open; NULL is fine */
void enc_vault_link_free(struct enc_vault_link *link);

#endif
