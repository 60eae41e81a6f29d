#include "classify/dissect/smb1.h"

#include "classify/dissect/security_token.h"
#include "classify/dissect/wire.h"

#define FLAG_REPLY          0x80
#define FLAG2_UNICODE       0x8000
#define CAPABILITY_EXTENDED 0x80000000u

/* A message taken apart: parameter words, then data octets whose strings are aligned to the start of the message. */
struct smb1 {
	const uint8_t *start;
	bool unicode;
	uint8_t word_count;
	struct cursor words, bytes;
};

static struct wire_text string(struct smb1 *m)
{
	struct wire_text t = {.len = 0};
	struct cursor *c = &m->bytes;
	if (m->unicode && ((size_t)(c->at - m->start) & 1) && cursor_left(c))
		cursor_skip(c, 1);
	if (!m->unicode) {
		size_t len = cursor_left(c) ? strnlen((const char *)c->at, cursor_left(c)) : 0;
		wire_text_add(&t, c->at, len);
		cursor_skip(c, len + (len < cursor_left(c)));
		return t;
	}
	const uint8_t *begin = c->at;
	while (cursor_left(c) >= 2 && (cursor_peek(c, 0) || cursor_peek(c, 1)))
		cursor_skip(c, 2);
	wire_text_utf16(&t, begin, (size_t)(c->at - begin));
	cursor_skip(c, cursor_left(c) < 2 ? cursor_left(c) : 2);
	return t;
}

/* Exploits fill these places with anything; what a system calls itself begins with a letter or digit. */
static bool is_title(const struct wire_text *t)
{
	uint8_t first = t->len > 1 ? (uint8_t)(t->data[0] | 0x20) : 0;
	return (first >= 'a' && first <= 'z') || (t->len > 1 && t->data[0] >= '0' && t->data[0] <= '9');
}

static void tell_systems(struct dissection *x, struct smb1 *m)
{
	struct wire_text os = string(m), manager = string(m);
	if (is_title(&os))
		wire_yield(x, FIELD_SMB_NATIVE_OS, &os);
	if (is_title(&manager))
		wire_yield(x, FIELD_SMB_NATIVE_LM, &manager);
}

static void tell_user(struct dissection *x, struct smb1 *m)
{
	struct wire_text user = string(m), domain = string(m);
	if (!user.len)
		return;
	if (domain.len)
		wire_text_add(&domain, "\\", 1);
	wire_text_add(&domain, user.data, user.len);
	wire_yield(x, FIELD_USER_NAME, &domain);
}

static void read_setup_request(struct dissection *x, struct smb1 *m)
{
	struct cursor *w = &m->words;
	cursor_skip(w, 14);
	uint16_t first = cursor_le16(w), second = cursor_le16(w);
	if (m->word_count == 12) {
		/* extended security: one blob, and no account in clear */
		struct cursor blob = cursor_sub_cut(&m->bytes, first);
		security_token_find(x, blob);
	} else if (m->word_count == 13 || m->word_count == 10) {
		/* passwords; the older form has but one */
		cursor_skip(&m->bytes, (size_t)first + (m->word_count == 13 ? second : 0));
		tell_user(x, m);
	} else {
		return;
	}
	if (cursor_ok(&m->bytes))
		tell_systems(x, m);
}

static void read_setup_response(struct dissection *x, struct smb1 *m)
{
	if (m->word_count == 4) {
		cursor_skip(&m->words, 6);
		struct cursor blob = cursor_sub_cut(&m->bytes, cursor_le16(&m->words));
		security_token_find(x, blob);
	} else if (m->word_count != 3) {
		return;
	}
	if (!cursor_ok(&m->bytes))
		return;
	tell_systems(x, m);
	struct wire_text domain = string(m);
	if (m->word_count == 3)
		wire_yield(x, FIELD_NTLM_DOMAIN, &domain);
}

static void read_negotiate_response(struct dissection *x, struct smb1 *m)
{
	static const uint8_t none[16];
	struct cursor *w = &m->words;
	if (m->word_count != 17)
		return;
	cursor_skip(w, 2 + 1 + 2 + 2 + 4 + 4 + 4);
	uint32_t capabilities = cursor_le32(w);
	cursor_skip(w, 8 + 2);
	uint8_t challenge = cursor_u8(w);
	if (capabilities & CAPABILITY_EXTENDED) {
		const uint8_t *guid = cursor_bytes(&m->bytes, 16);
		if (guid && memcmp(guid, none, 16))
			dissection_yield(x, FIELD_SMB_SERVER_GUID, SUBJECT_SENDER, guid, 16);
		return;
	}
	cursor_skip(&m->bytes, challenge);
	/* these two stand unaligned, whatever the rest does */
	m->start = m->bytes.at;
	struct wire_text domain = string(m);
	m->start = m->bytes.at;
	struct wire_text server = string(m);
	wire_yield(x, FIELD_NTLM_DOMAIN, &domain);
	wire_yield(x, FIELD_NTLM_COMPUTER, &server);
}

void smb1_message(struct dissection *x, struct cursor c)
{
	struct smb1 m = {.start = c.at};
	cursor_skip(&c, 4);
	uint8_t command = cursor_u8(&c);
	cursor_skip(&c, 4);
	bool reply = cursor_u8(&c) & FLAG_REPLY;
	m.unicode = cursor_le16(&c) & FLAG2_UNICODE;
	cursor_skip(&c, 20);
	m.word_count = cursor_u8(&c);
	m.words = cursor_sub(&c, 2u * m.word_count);
	m.bytes = cursor_sub_cut(&c, cursor_le16(&c));
	m.bytes.short_read = false;
	if (!cursor_left(&m.words))
		return;
	if (command == SMB1_NEGOTIATE && reply)
		read_negotiate_response(x, &m);
	else if (command == SMB1_SESSION_SETUP && reply)
		read_setup_response(x, &m);
	else if (command == SMB1_SESSION_SETUP)
		read_setup_request(x, &m);
}
