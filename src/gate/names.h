#ifndef ENC_GATE_NAMES_H
#define ENC_GATE_NAMES_H

/*
 * Synthetic addresses. Every name that a program asks for gets an address of
 * its own. No address is reused in a session, so a later connection shows which
 * name was meant.
 */

#include <stdint.h>

#include "def.h"

enum { ENC_NAMES_MAX = 4096 };

struct enc_names;

struct enc_names *enc_names_new(void);
void enc_names_free(struct enc_names *names);

/**
 * enc_names_address() - return the address of a canonical name; a new name gets
 * a new one
 *
 * Return: 0; -ENOSPC after ENC_NAMES_MAX names
 */
ENC_NODISCARD int enc_names_address(struct enc_names *names, const char *name,
				    uint8_t ret_v4[4]);

/*
 * enc_names_asked() - note the number of the report that tells of a question
 * for a name which is allowed; the first one counts
 */
void enc_names_asked(struct enc_names *names, const uint8_t v4[4],
		     uint64_t report);

/* enc_names_report() - that number, for an address; 0: there is none */
uint64_t enc_names_report(const struct enc_names *names,
			  const uint8_t addr[16]);

/*
 * enc_names_of() - find the name of an address (IPv6 or IPv4 mapped), or NULL
 */
const char *enc_names_of(const struct enc_names *names, const uint8_t addr[16]);

#endif
