/* 802.1X (EAPOL): who wants to be let in, and what its TLS looks like. What the other side says of itself comes from
 * a server somewhere behind the switch or access point, so it tells nothing about the sender. */
#include "classify/dissect/eap.h"
#include "classify/link.h"

#define EAPOL       0x888e
#define EAP_MESSAGE 0

static bool match(const struct packet *p)
{
	return p->ethertype == EAPOL;
}

static void frame(struct dissection *x, struct cursor *c)
{
	struct eap e;
	uint8_t version = cursor_u8(c), kind = cursor_u8(c);
	struct cursor body = cursor_sub_cut(c, cursor_u16(c));
	if (!version || version > 3 || kind != EAP_MESSAGE || !eap_read(body, &e) || e.code != EAP_RESPONSE)
		return;
	struct cursor name = eap_identity(&e);
	dissection_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, name.at, cursor_left(&name));
	eap_tls(x, NULL, &e);
}

const struct link_dissector eapol_link = {"eapol", match, frame};
