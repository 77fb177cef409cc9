#ifndef ENC_HTTP_HTTP_STATUS_H
#define ENC_HTTP_HTTP_STATUS_H

/*
 * HTTP statuses: their reason phrases, and the error codes of refused requests.
 */

#include "err.h"

/*
 * enc_http_status_reason() - return the reason phrase of a status; never NULL
 */
const char *enc_http_status_reason(int status);

/*
 * enc_http_status_code() - return the error code for a status with which
 * wire/http1.h refuses a request
 */
enum enc_code enc_http_status_code(int status);

#endif
