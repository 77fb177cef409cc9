#ifndef ENC_BASE_ADDRESS_H
#define ENC_BASE_ADDRESS_H

/*
 * An IP address has the same form in every room: 16 bytes, either IPv6, or IPv4
 * mapped into IPv6 (RFC 4291 2.5.5.2).
 */

#include <stdint.h>

#include "def.h"

enum { ENC_ADDRESS_BYTES = 16, ENC_ADDRESS_V4_AT = 12 };

/* An initializer for the mapped IPv4 address a.b.c.d. */
#define ENC_ADDRESS_V4(a, b, c, d)                                           \
	{                                                                    \
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, (a), (b), (c), (d) \
	}

/* All addresses that have the first @bits of @addr. IPv4: 96 bits and more. */
struct enc_network {
	uint8_t addr[ENC_ADDRESS_BYTES];
	unsigned int bits;
};

/* enc_address_map() - map the four bytes of an IPv4 address into IPv6 */
static inline void enc_address_map(const void *v4,
				   uint8_t ret_addr[ENC_ADDRESS_BYTES])
{
	static const uint8_t none[] = ENC_ADDRESS_V4(0, 0, 0, 0);

	memcpy(ret_addr, none, ENC_ADDRESS_V4_AT);
	memcpy(ret_addr + ENC_ADDRESS_V4_AT, v4,
	       ENC_ADDRESS_BYTES - ENC_ADDRESS_V4_AT);
}

/*
 * enc_address_v4() - return the four bytes of a mapped IPv4 address, which lie
 * in @addr; NULL if @addr isn't one
 */
static inline const uint8_t *
enc_address_v4(const uint8_t addr[ENC_ADDRESS_BYTES])
{
	static const uint8_t none[] = ENC_ADDRESS_V4(0, 0, 0, 0);

	return memcmp(addr, none, ENC_ADDRESS_V4_AT) == 0
		       ? addr + ENC_ADDRESS_V4_AT
		       : NULL;
}

#endif
