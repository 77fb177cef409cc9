#include <string.h>

#include "base64.h"
#include "origin_answer.h"

int enc_origin_answer(struct enc_buf *out, int status, const char *body)
{
	return enc_buf_printf(out,
			      "HTTP/1.1 %d %s\r\nContent-Type: "
			      "application/json\r\nContent-Length: %zu\r\n\r\n"
			      "%s",
			      status, status == 200 ? "OK" : "Refused",
			      strlen(body), body);
}

/* add_base64() - append a line of base64 of @padding and @value */
static int add_base64(struct enc_buf *body, const char *padding,
		      const char *value, bool url_safe)
{
	enc_autofree char *plain = enc_xprintf("%s%s", padding, value);
	enc_autofree char *text =
		enc_base64_encode((const uint8_t *)plain, strlen(plain));

	for (char *at = text; *at != '\0' && url_safe; at++) {
		*at = (char)(*at == '+' ? '-' : *at == '/' ? '_' : *at);
	}
	return enc_buf_printf(body, "%s\n", text);
}

/* add_spelled() - append a line with each byte of @value by @format */
static int add_spelled(struct enc_buf *body, const char *prefix, bool upper,
		       const char *value)
{
	int r = 0;

	for (; r == 0 && *value != '\0'; value++) {
		r = enc_buf_printf(body, upper ? "%s%02X" : "%s%02x", prefix,
				   (unsigned int)(unsigned char)*value);
	}
	return r == 0 ? enc_buf_text(body, "\n") : r;
}

int enc_origin_echo(struct enc_buf *out, const char *value)
{
	static const char *const paddings[] = { "", "-", "--" };
	static const char *const prefixes[] = { "", "%", "\\u00" };
	ENC_AUTO(buf) body = ENC_BUF_SECRET(ENC_ORIGIN_ANSWER_MAX);
	int r = enc_buf_printf(&body, "%s\n", value);

	for (size_t i = 0; r == 0 && i < 2 * ENC_COUNT(paddings); i++) {
		r = add_base64(&body, paddings[i / 2], value, i % 2 != 0);
	}
	for (size_t i = 0; r == 0 && i < 2 * ENC_COUNT(prefixes); i++) {
		r = add_spelled(&body, prefixes[i / 2], i % 2 != 0, value);
	}
	if (r == 0) {
		r = enc_buf_printf(out,
				   "HTTP/1.1 200 OK\r\nContent-Type: "
				   "text/plain\r\nX-Echo: %s\r\n"
				   "Content-Length: %zu\r\n\r\n",
				   value, body.length);
	}
	return r == 0 ? enc_buf_append(out, enc_buf_bytes(&body), body.length)
		      : r;
}
