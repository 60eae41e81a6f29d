#include "tests/classify/dissect_test.h"

#include "dissect_fixture.h"

extern const struct dissector dissector_ike, dissector_wireguard, dissector_l2tp, dissector_pptp, dissector_bittorrent,
	dissector_zabbix, dissector_git, dissector_svn;

#define COOKIES  "\1\2\3\4\5\6\7\x08\x11\x12\x13\x14\x15\x16\x17\x18"
#define UNSHARED "\1\2\3\4\5\6\7\x08\0\0\0\0\0\0\0\0"

static void ike_vendors_are_told(void **state)
{
	EXPECT_UDP(dissector_ike, 500,
		   "ike.vendorId client sender afcad713\nservice server sender isakmp\n"
		   "ike.vendorId server sender 882fe56d\n",
		   C(UNSHARED "\1\x10\2\0\0\0\0\0\0\0\0\x2c"
			      "\x0d\0\0\x08sapl"
			      "\0\0\0\x08\xaf\xca\xd7\x13"),
		   S(COOKIES "\x0d\x10\2\0\0\0\0\0\0\0\0\x24"
			     "\0\0\0\x08\x88\x2f\xe5\x6d"));
	EXPECT_UDP(dissector_ike, 4500, "service server sender isakmp\nike.vendorId server sender 01\n",
		   S("\0\0\0\0" COOKIES "\x2b\x20\x22\x20\0\0\0\0\0\0\0\x21"
		     "\0\0\0\5\1"));
	EXPECT_UDP(dissector_ike, 500,
		   "ike.vendorText client sender OE-Libreswan-4.10\n"
		   "ike.vendorId client sender 4f452d4c696272657377616e2d342e3130\n",
		   C(UNSHARED "\x0d\x10\2\0\0\0\0\0\0\0\0\x31"
			      "\0\0\0\x15OE-Libreswan-4.10"));
	/* encrypted; a payload that leads out; another length */
	EXPECT_UDP(dissector_ike, 500, "",
		   C(UNSHARED "\x0d\x10\2\1\0\0\0\0\0\0\0\x24"
			      "\0\0\0\x08\x88\x2f\xe5\x6d"));
	EXPECT_UDP(dissector_ike, 500, "",
		   C(UNSHARED "\x0d\x10\2\0\0\0\0\0\0\0\0\x24"
			      "\0\0\0\x09\x88\x2f\xe5\x6d"));
	EXPECT_UDP(dissector_ike, 500, "",
		   C(UNSHARED "\x0d\x10\2\0\0\0\0\0\0\0\0\x25"
			      "\0\0\0\x08\x88\x2f\xe5\x6d"));
	EXPECT_UDP(dissector_ike, 501, "",
		   C(UNSHARED "\x0d\x10\2\0\0\0\0\0\0\0\0\x24"
			      "\0\0\0\x08\x88\x2f\xe5\x6d"));
}

static void wireguard_answers_are_a_service(void **state)
{
	static uint8_t first[149] = {1, 0, 0, 0, 7}, second[92] = {2, 0, 0, 0, 9, 0, 0, 0, 7};
	struct step steps[] = {{FLOW_FORWARD, first, 148, 0}, {FLOW_REVERSE, second, 92, 0}};
	struct talk talk = {.dissector = &dissector_wireguard, .steps = steps, .count = 2, .port = 51820, .udp = true};
	talk_expect(&talk, "service server sender wireguard\ndone\n");
	second[8] = 8; /* an answer to something else */
	talk_expect(&talk, "");
	second[8] = 7;
	steps[0].len = 149;
	talk_expect(&talk, "");
}

static void l2tp_and_pptp_ends_name_themselves(void **state)
{
	EXPECT_UDP(dissector_l2tp, 1701,
		   "service server sender l2tp\ndevice.name server sender lns1\n"
		   "tunnel.peer server sender vendor=xelerance.com;revision=0690;role=server\n",
		   S("\xc8\2\0\x39\0\1\0\0\0\0\0\0"
		     "\x80\x08\0\0\0\0\0\2"
		     "\0\x08\0\0\0\6\6\x90"
		     "\x80\x0a\0\0\0\7lns1"
		     "\0\x13\0\0\0\x08xelerance.com"));
	EXPECT_UDP(dissector_l2tp, 1701, "",
		   S("\xc8\2\0\x14\0\1\0\0\0\0\0\0"
		     "\x80\x08\0\0\0\0\0\6"));
	EXPECT_UDP(dissector_l2tp, 1701, "",
		   S("\x40\2\0\x14\0\1\0\0\0\0\0\0"
		     "\x80\x08\0\0\0\0\0\2"));
	struct message c = {.len = 0}, s = {.len = 0};
	put_hex(&c, "009c0001 1a2b3c4d 0001 0000 0100 0000 00000003 00000003 0000 0000");
	put_zero(&c, 64);
	put_text(&c, "cananian");
	put_zero(&c, 56);
	put_hex(&s, "009c0001 1a2b3c4d 0002 0000 0100 0100 00000001 00000001 0000 0870");
	put_text(&s, "vpn1");
	put_zero(&s, 60);
	put_text(&s, "MikroTik");
	put_zero(&s, 56);
	struct step steps[] = {{FLOW_FORWARD, c.data, c.len, 0}, {FLOW_REVERSE, s.data, s.len, 0}};
	const struct talk talk = {.dissector = &dissector_pptp, .steps = steps, .count = 2, .port = 1723};
	talk_expect(&talk, "tunnel.peer client sender vendor=cananian;role=client\n"
			   "service server sender pptp\ndevice.name server sender vpn1\n"
			   "tunnel.peer server sender vendor=MikroTik;revision=0870;role=server\ndone\n");
	EXPECT(dissector_pptp, 1723, "not\n", C("\0\x9c\0\1\x1a\x2b\x3c\x4e"));
}

#define GREETING                  \
	"\023BitTorrent protocol" \
	"\0\0\0\0\0\x10\0\1"      \
	"hhhhhhhhhhhhhhhhhhhh"

static void bittorrent_peers_are_told(void **state)
{
	EXPECT(dissector_bittorrent, 6881,
	       "bittorrent.peerId client sender -UT3450-\n"
	       "bittorrent.client client sender uTorrent 3.4.5\n"
	       "service server sender bittorrent\n"
	       "bittorrent.peerId server sender -TR3000-\n",
	       C(GREETING "-UT3450-............"
			  "\0\0\0\x2e\x14\0"
			  "d1:md11:ut_metadatai2ee1:v14:uTorrent 3.4.5e"),
	       S(GREETING "-TR3000-............"
			  "\0\0\0\0"));
	EXPECT(dissector_bittorrent, 6881, "service server sender bittorrent\n", C(GREETING "xUT3450-............"),
	       S(GREETING "M7-9-2--............"
			  "\0\0\0\x0a\x14\0"
			  "d1:v99:e"));
	EXPECT(dissector_bittorrent, 6881, "not\n", C("\023BitTorrent protocoX"));
	EXPECT_UDP(dissector_bittorrent, 6881, "bittorrent.peerId client sender LT 0200\n",
		   C("d1:ad2:id20:iiiiiiiiiiiiiiiiiiiie1:q4:ping1:t2:aa1:v4:LT\2\0"
		     "1:y1:qe"));
	EXPECT_UDP(dissector_bittorrent, 6881, "", C("d1:ad2:id20:iiiiiiiiiiiiiiiiiiiie1:q4:ping1:t2:aa1:y1:qe"));
}

static void agents_and_repositories_are_told(void **state)
{
	EXPECT(dissector_zabbix, 10051,
	       "device.name client sender web1\n"
	       "zabbix.agent client sender product=Zabbix agent;vendor=Zabbix;version=6.0\n"
	       "service server sender zabbix-trapper\ndone\n",
	       C("ZBXD\1\x39\0\0\0\0\0\0\0{\"request\":\"active checks\",\"host\":\"web1\",\"version\":\"6.0\"}"),
	       S("ZBXD\1\2\0\0\0\0\0\0\0{}"));
	EXPECT(dissector_zabbix, 10060,
	       "service server sender zabbix-agent\n"
	       "zabbix.asked server sender product=Zabbix agent;vendor=Zabbix;version=6.0.14\ndone\n",
	       C("ZBXD\1\x0d\0\0\0\0\0\0\0agent.version"),
	       S("ZBXD\1\6\0\0\0\0\0\0\0"
		 "6.0.14"));
	EXPECT(dissector_zabbix, 10051, "not\n", C("ZBXD\0\x3a\0\0\0\0\0\0\0"));
	EXPECT(dissector_git, 9418,
	       "git.client client sender git/2.30.2\nservice server sender git\ngit.server server sender "
	       "git/2.39.2\ndone\n",
	       C("001egit-upload-pack /p\0host=h\0"
		 "001ax agent=git/2.30.2 ofs"),
	       S("0027abc HEAD\0multi_ack agent=git/2.39.2"));
	EXPECT(dissector_git, 9418, "not\n", C("001dgit-upload-pack p"));
	EXPECT(dissector_svn, 3690, "service server sender svn\nsvn.client client sender SVN/1.14.2 (x86)\ndone\n",
	       S("( success ( 2 2 ( ) ( edit-pipeline ) ) ) "),
	       C("( 2 ( edit-pipeline ) 9:svn://h/p 16:SVN/1.14.2 (x86) ( ) ) "));
	EXPECT(dissector_svn, 3690, "service server sender svn\ndone\n",
	       S("( success ( 2 2 ( ) ( edit-pipeline ) ) ) "),
	       C("( 2 ( edit-pipeline ) 9:svn://h/p 99:SVN/1.14.2 ( ) ) "));
	EXPECT(dissector_svn, 3690, "not\n", S("( failure ( "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ike_vendors_are_told),
		cmocka_unit_test(wireguard_answers_are_a_service),
		cmocka_unit_test(l2tp_and_pptp_ends_name_themselves),
		cmocka_unit_test(bittorrent_peers_are_told),
		cmocka_unit_test(agents_and_repositories_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
