#ifndef ENC_HTTP_HTTP_REQUEST_ID_H
#define ENC_HTTP_HTTP_REQUEST_ID_H

/* Names of requests: X-Request-Id in the response, and in the access log. */

#include "http1.h"
#include "http_server.h"

/* enc_http_request_id_make() - make a random one, such as r-0d94a660... */
void enc_http_request_id_make(char ret_id[ENC_HTTP_ID_BYTES]);

/*
 * enc_http_request_id_take() - take the client's own, if it has sent one that is
 * safe in logs; otherwise @id stays
 */
void enc_http_request_id_take(const struct enc_http1_head *head,
			      char id[ENC_HTTP_ID_BYTES]);

#endif
