#ifndef ENC_HTTP_HTTP_STATUS_H
#define ENC_HTTP_HTTP_STATUS_H

/* What is known of statuses: their phrases, and the codes of refusals. */

#include "err.h"

/* enc_http_status_reason() - the phrase of a status line; never NULL */
const char *enc_http_status_reason(int status);

/* enc_http_status_code() - of a status that wire/http1.h refuses with */
enum enc_code enc_http_status_code(int status);

#endif
