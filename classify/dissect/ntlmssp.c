#include "classify/dissect/ntlmssp.h"

#include "classify/dissect/wire.h"

#define FLAG_UNICODE 0x00000001u
#define FLAG_VERSION 0x02000000u

#define MOST_PAIRS 32

enum { NEGOTIATE = 1, CHALLENGE = 2, AUTHENTICATE = 3 };
enum { PAIR_END, PAIR_COMPUTER, PAIR_DOMAIN, PAIR_DNS_COMPUTER, PAIR_DNS_DOMAIN };

static const char signature[8] = "NTLMSSP";

/* A message being read. Its fixed part is followed by values that it points to by offset. */
struct ntlm {
	struct cursor whole, c;
	uint32_t flags;
	size_t first_value; /* lowest offset of a value: the fixed part ends there at the latest */
};

static struct cursor value_of(struct ntlm *m)
{
	uint16_t len = cursor_le16(&m->c);
	cursor_skip(&m->c, 2);
	uint32_t offset = cursor_le32(&m->c);
	struct cursor value = m->whole;
	if (!cursor_ok(&m->c) || !len)
		return cursor_init(NULL, 0);
	if (offset < m->first_value)
		m->first_value = offset;
	cursor_skip(&value, offset);
	return cursor_sub(&value, len);
}

static void decode(const struct ntlm *m, struct cursor value, struct wire_text *t)
{
	struct cursor plain = wire_trim(value);
	if (m->flags & FLAG_UNICODE)
		wire_text_utf16(t, value.at, cursor_left(&value));
	else
		wire_text_add(t, plain.at, cursor_left(&plain));
}

static bool same(const struct wire_text *a, const struct wire_text *b)
{
	return wire_equal(a->data, a->len, b->data, b->len);
}

/* "6.1.7601". Fixed parts of old clients end before the version even when flags promise one. */
static void tell_version(struct dissection *x, struct ntlm *m, size_t at)
{
	struct cursor c = m->whole;
	struct wire_text text = {.len = 0};
	if (!(m->flags & FLAG_VERSION) || m->first_value < at + 8)
		return;
	cursor_skip(&c, at);
	unsigned major = cursor_u8(&c), minor = cursor_u8(&c), build = cursor_le16(&c);
	if (!cursor_ok(&c) || !major)
		return;
	wire_text_format(&text, "%u.%u.%u", major, minor, build);
	wire_yield(x, FIELD_NTLM_VERSION, &text);
}

/* A machine that is in no domain gives its own name as the domain's: then there is nothing to tell. */
static void tell_target(struct dissection *x, struct cursor pairs)
{
	struct wire_text names[PAIR_DNS_DOMAIN + 1];
	for (unsigned i = 0; i <= PAIR_DNS_DOMAIN; i++)
		names[i].len = 0;
	for (unsigned i = 0; i < MOST_PAIRS && cursor_left(&pairs) >= 4; i++) {
		uint16_t kind = cursor_le16(&pairs), len = cursor_le16(&pairs);
		struct cursor value = cursor_sub(&pairs, len);
		if (kind == PAIR_END)
			break;
		if (kind <= PAIR_DNS_DOMAIN && !names[kind].len)
			wire_text_utf16(&names[kind], value.at, cursor_left(&value));
	}
	wire_yield(x, FIELD_NTLM_COMPUTER, &names[PAIR_COMPUTER]);
	if (!same(&names[PAIR_DNS_COMPUTER], &names[PAIR_COMPUTER]))
		wire_yield(x, FIELD_NTLM_COMPUTER, &names[PAIR_DNS_COMPUTER]);
	if (!same(&names[PAIR_DOMAIN], &names[PAIR_COMPUTER]))
		wire_yield(x, FIELD_NTLM_DOMAIN, &names[PAIR_DOMAIN]);
	if (!same(&names[PAIR_DNS_DOMAIN], &names[PAIR_DNS_COMPUTER]) &&
	    !same(&names[PAIR_DNS_DOMAIN], &names[PAIR_DOMAIN]))
		wire_yield(x, FIELD_NTLM_DOMAIN, &names[PAIR_DNS_DOMAIN]);
}

static void read_negotiate(struct dissection *x, struct ntlm *m)
{
	m->flags = cursor_le32(&m->c);
	value_of(m);
	value_of(m);
	tell_version(x, m, 32);
}

static void read_challenge(struct dissection *x, struct ntlm *m)
{
	value_of(m);
	m->flags = cursor_le32(&m->c);
	cursor_skip(&m->c, 8 + 8);
	struct cursor target = value_of(m);
	tell_version(x, m, 48);
	tell_target(x, target);
}

static void read_authenticate(struct dissection *x, struct ntlm *m)
{
	struct wire_text who = {.len = 0}, user = {.len = 0}, workstation = {.len = 0};
	struct cursor c = m->c;
	cursor_skip(&c, 6 * 8);
	m->flags = cursor_ok(&c) ? cursor_le32(&c) : FLAG_UNICODE;
	value_of(m);
	value_of(m);
	struct cursor domain = value_of(m), name = value_of(m), station = value_of(m);
	value_of(m);
	decode(m, domain, &who);
	decode(m, name, &user);
	decode(m, station, &workstation);
	if (user.len) {
		if (who.len)
			wire_text_add(&who, "\\", 1);
		wire_text_add(&who, user.data, user.len);
		wire_yield(x, FIELD_USER_NAME, &who);
	}
	/* some clients write "\\HOST" */
	size_t skip = 0;
	while (skip < workstation.len && workstation.data[skip] == '\\')
		skip++;
	dissection_yield(x, FIELD_NTLM_COMPUTER, SUBJECT_SENDER, workstation.data + skip, workstation.len - skip);
	tell_version(x, m, 64);
}

bool ntlmssp_find(struct dissection *x, struct cursor octets)
{
	size_t left = cursor_left(&octets);
	const uint8_t *at = left ? memmem(octets.at, left, signature, sizeof signature) : NULL;
	if (!at)
		return false;
	struct ntlm m = {.whole = {at, octets.end, false}, .first_value = SIZE_MAX};
	m.c = m.whole;
	cursor_skip(&m.c, sizeof signature);
	uint32_t type = cursor_le32(&m.c);
	if (type == NEGOTIATE)
		read_negotiate(x, &m);
	else if (type == CHALLENGE)
		read_challenge(x, &m);
	else if (type == AUTHENTICATE)
		read_authenticate(x, &m);
	return true;
}
