#include "classify/dissect/eap.h"

#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

enum { METHOD_TLS = 13, METHOD_TTLS = 21, METHOD_PEAP = 25, METHOD_FAST = 43, METHOD_TEAP = 55 };
enum { HAS_LENGTH = 0x80, MORE = 0x40 };

static bool carries_tls(uint8_t type)
{
	return type == METHOD_TLS || type == METHOD_TTLS || type == METHOD_PEAP || type == METHOD_FAST ||
	       type == METHOD_TEAP;
}

bool eap_read(struct cursor c, struct eap *e)
{
	memset(e, 0, sizeof *e);
	e->code = cursor_u8(&c);
	e->id = cursor_u8(&c);
	uint16_t len = cursor_u16(&c);
	if ((e->code != EAP_REQUEST && e->code != EAP_RESPONSE) || len < 5)
		return false;
	e->data = cursor_sub_cut(&c, len - 4u);
	e->type = cursor_u8(&e->data);
	e->tls = carries_tls(e->type);
	if (e->tls) {
		uint8_t flags = cursor_u8(&e->data);
		e->more = flags & MORE;
		e->first = flags & HAS_LENGTH;
		if (e->first)
			cursor_skip(&e->data, 4);
	}
	return e->type != 0 && (e->tls || cursor_ok(&e->data));
}

struct cursor eap_identity(const struct eap *e)
{
	struct cursor name = wire_trim(e->data);
	if (e->code != EAP_RESPONSE || e->type != EAP_IDENTITY || text_starts(name, "anonymous") ||
	    cursor_peek(&name, 0) == '@')
		return cursor_init(NULL, 0);
	for (const uint8_t *p = name.at; p < name.end; p++)
		if (*p < 0x20 || *p == 0x7f)
			return cursor_init(NULL, 0);
	return name;
}

static void begin(struct eap_tls *t)
{
	t->flight = (struct tls_flight){0};
	t->len = 0;
}

static void append(struct eap_tls *t, const struct eap *e)
{
	size_t room = EAP_TLS_BYTES - t->len, n = cursor_left(&e->data) < room ? cursor_left(&e->data) : room;
	memcpy(t->data + t->len, e->data.at, n);
	t->len += (uint16_t)n;
	t->id = e->id;
	t->more = e->more;
}

void eap_tls(struct dissection *x, struct eap_tls *t, const struct eap *e)
{
	struct tls_flight alone = {0};
	if (!e->tls || !cursor_left(&e->data))
		return;
	if (!t) {
		tls_flight(x, &alone, e->data);
		return;
	}
	/* each fragment but the last is answered, and the next one has the next identifier (RFC 5216 2.1.5) */
	if (e->first || !t->more || e->id != (uint8_t)(t->id + 1))
		begin(t);
	append(t, e);
	if (!tls_flight(x, &t->flight, cursor_init(t->data, t->len)))
		t->more = false;
}
