#ifndef ENC_WIRE_HTTP_HOST_H
#define ENC_WIRE_HTTP_HOST_H

/*
 * The host and port that a request names (RFC 9112, section 3.2), for a gate
 * that compares them with the destination of the connection.
 *
 * The host comes from the Host header, and from the target where that has
 * absolute-form or authority-form. Where a request names a host twice, both
 * have to agree: servers differ about which one counts.
 */

#include <stdbool.h>
#include <stdint.h>

#include "host_name.h"
#include "http1.h"

enum enc_http_form {
	ENC_HTTP_FORM_INVALID,
	ENC_HTTP_FORM_ORIGIN,
	ENC_HTTP_FORM_ABSOLUTE,
	ENC_HTTP_FORM_AUTHORITY, /* CONNECT, and no other method */
	ENC_HTTP_FORM_ASTERISK,	 /* OPTIONS only */
	ENC_HTTP_FORM_MAX,
};

struct enc_http_host {
	enum enc_http_form form; /* of the target */
	/* Canonical as in host_name.h. "" if the host is an address. */
	char name[ENC_HOST_NAME_BYTES];
	/*
	 * If @name is "": an IPv6 address, or an IPv4 address that is mapped
	 * (RFC 4291, section 2.5.5.2). In a request it is dotted, or IPv6 in
	 * brackets and without a zone.
	 */
	uint8_t address[16];
	uint16_t port; /* 80 if the request names none */
};

/**
 * enc_http_host_read() - find the host and port that a request names
 * @head: of enc_http1_request() or enc_http1_request_any()
 *
 * Accepts one dot at the end of a name, and an absolute-form of http only. For
 * CONNECT, the Host header may lack the port, but not the target.
 *
 * Return: 0; -EPROTO if the target or the host is malformed, there isn't
 * exactly one Host header, or it doesn't agree with the target
 */
ENC_NODISCARD int enc_http_host_read(const struct enc_http1_head *head,
				     struct enc_http_host *ret_host);

#endif
