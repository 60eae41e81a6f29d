#include "classify/dissect/sasl.h"

#include "classify/dissect/security_token.h"
#include "classify/dissect/text.h"

#define NAME_BYTES 128

static void named(struct dissection *x, struct cursor user)
{
	text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, user, NAME_BYTES);
}

/* authorization NUL authentication NUL password (RFC 4616). */
static void plain(struct dissection *x, struct cursor c)
{
	struct cursor authorization, user;
	if (text_before(&c, 0, &authorization) && text_before(&c, 0, &user))
		named(x, user);
}

/* user, blank, digest (RFC 2195). */
static void cram(struct dissection *x, struct cursor c)
{
	struct cursor user;
	const uint8_t *last = NULL;
	for (const uint8_t *p = c.at; p < c.end; p++)
		if (*p == ' ')
			last = p;
	if (!last)
		return;
	user = (struct cursor){c.at, last, false};
	named(x, user);
}

/* "user=name^Aauth=Bearer …" (XOAUTH2) or "n,a=name,^A…" (RFC 7628). */
static void oauth(struct dissection *x, struct cursor c)
{
	struct cursor user;
	if (text_take(&c, "user=") && text_before(&c, 1, &user))
		named(x, user);
	else if (text_take(&c, "n,a=") && text_before(&c, ',', &user))
		named(x, user);
}

static enum sasl mechanism(struct cursor name)
{
	static const struct {
		const char *name;
		enum sasl sasl;
	} rows[] = {
		{"PLAIN", SASL_PLAIN},       {"LOGIN", SASL_LOGIN}, {"CRAM-MD5", SASL_CRAM},   {"XOAUTH2", SASL_OAUTH},
		{"OAUTHBEARER", SASL_OAUTH}, {"NTLM", SASL_NTLM},   {"GSS-SPNEGO", SASL_NTLM}, {"GSSAPI", SASL_NTLM},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (text_is(name, rows[i].name))
			return rows[i].sasl;
	return SASL_SECRET;
}

enum sasl sasl_begin(struct dissection *x, struct cursor arguments)
{
	struct cursor name = text_word(&arguments);
	if (text_take(&name, "\"") && cursor_left(&name) && name.end[-1] == '"')
		name.end--;
	enum sasl sasl = mechanism(name);
	return cursor_left(&arguments) ? sasl_line(x, sasl, arguments) : sasl;
}

enum sasl sasl_line(struct dissection *x, enum sasl sasl, struct cursor line)
{
	uint8_t decoded[2048];
	line = text_trim(line);
	if (text_is(line, "*"))
		return SASL_NONE;
	if (text_is(line, "="))
		return sasl;
	struct cursor c = cursor_init(decoded, text_base64(line, decoded, sizeof decoded));
	switch (sasl) {
	case SASL_PLAIN:
		plain(x, c);
		break;
	case SASL_LOGIN:
		named(x, c);
		break;
	case SASL_CRAM:
		cram(x, c);
		break;
	case SASL_OAUTH:
		oauth(x, c);
		break;
	case SASL_NTLM:
		security_token_find(x, c);
		return sasl;
	case SASL_NONE:
	case SASL_SECRET:
		break;
	}
	return SASL_SECRET;
}

void sasl_challenge(struct dissection *x, struct cursor text)
{
	uint8_t decoded[2048];
	if (text_starts(text, "TlRMTVNTUA"))
		security_token_find(x, cursor_init(decoded, text_base64(text, decoded, sizeof decoded)));
}
