/* What both ends of a connection say of themselves in protocols that tell little else. */
#include "dissect_test.h"

#include "dissect_fixture.h"

extern const struct dissector dissector_ads, dissector_bitcoin, dissector_diameter, dissector_dicom, dissector_drda,
	dissector_dsi, dissector_edonkey, dissector_h323, dissector_hl7, dissector_ident, dissector_minecraft,
	dissector_openflow, dissector_openwire, dissector_smpp, dissector_stratum, dissector_sybase,
	dissector_synchrophasor, dissector_z3950;

static void databases(void **state)
{
	EXPECT(dissector_drda, 50000,
	       "drda.client client sender program=db2jcc_application;class=QDB2/JVM;product=IBM Data Server "
	       "Driver;vendor=IBM;version=3.67.0\n"
	       "user.name client sender db2inst1\n"
	       "service server sender drda\n"
	       "drda.server server sender class=QDB2/LINUXX8664;product=Db2;vendor=IBM;version=11.1.1\n",
	       C("\0A\320A\0\1\0;\20A\0\37\21^\204\202\362\221\203\203m\201\227\227\223\211\203\201\243\211"
		 "\226\225@@\321\303\303\360\363\366\367\0\14\21G\330\304\302\362a\321\345\324\0\14\21Z\321"
		 "\303\303\360\363\366\367\360\0\26\320\1\0\1\0\20\20n\0\14\21\240\204\202\362\211\225\242\243"
		 "\361"),
	       S("\0;\320C\0\1\0"
		 "5\24C\0\13\21^\204\202\362\242\250\242\203\0\23\21G\330\304\302\362a\323\311\325\344\347\347"
		 "\370\366\366\364\0\7\21m\304\302\362\0\14\21Z\342\330\323\361\361\360\361\361"));
	EXPECT(dissector_sybase, 5000,
	       "tds.clientHost client sender desk\n"
	       "user.name client sender sa\n"
	       "tds.client client sender isql\n"
	       "service server sender sybase\n"
	       "sybase.server server sender product=sql server;version=12.5.0\n"
	       "done\n",
	       C("\2\0\2\0\0\0\0\0desk\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\4sa\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2secret\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\6"
		 "77\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0isql\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\4SYB\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0"),
	       S("\4\1\0\37\0\0\0\0\255\24\0\5\5\0\0\0\12"
		 "sql server\14\5\0\3"));
	EXPECT(dissector_sybase, 5000, "not\n", C("\2\0\0 abcd"));
	EXPECT(dissector_openwire, 61616,
	       "service server sender openwire\n"
	       "openwire.server server sender product=ActiveMQ;version=5.15.9;platform=Java\n"
	       "done\n",
	       C("\0\0\0\26\1ActiveMQ\0\0\0\14\1\0\0\0\4\0\0\0\0"),
	       S("\0\0\0a\1ActiveMQ\0\0\0\14\1\0\0\0O\0\0\0\3\0\14ProviderName\11\0\10ActiveMQ\0\17Provider"
		 "Version\11\0\6"
		 "5.15.9\0\17PlatformDetails\11\0\4Java"));
	EXPECT(dissector_z3950, 210,
	       "z3950.client client sender product=ZOOM-C/YAZ;version=5.4.1\n"
	       "service server sender z39-50\n"
	       "z3950.server server sender product=GFS/YAZ\n"
	       "done\n",
	       C("\2647\203\2\0\340\204\3\0\301\242\205\4\4\0\0\0\206\4\4\0\0\0\237n\2"
		 "81\237o\12"
		 "ZOOM-C/YAZ\237p\15"
		 "5.4.1 12b96ce"),
	       S("\265/\203\2\0\340\204\3\0\301\242\205\4\4\0\0\0\206\4\4\0\0\0\214\1\1\237n\2"
		 "81\237o\7GFS/YAZ\237p\5ALEPH"));
}

static void clinics(void **state)
{
	EXPECT(dissector_dicom, 11112,
	       "dicom.client client sender "
	       "class=1.2.276.0.7230010.3.0.3.6.67;implementation=OFFIS_DCMTK_367;title=STORESCU\n"
	       "service server sender dicom\n"
	       "dicom.server server sender "
	       "class=1.2.276.0.7230010.3.0.3.6.67;implementation=OFFIS_DCMTK_366;title=PACS\n"
	       "done\n",
	       C("\1\0\0\0\0\234\0\1\0\0PACS            STORESCU        \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\20\0\0\25"
		 "1.2.840.10008.3.1.1.1P\0\0;Q\0\0\4\0\0@\0R\0\0\34"
		 "1.2.276.0.7230010.3.0.3.6.67U\0\0\17OFFIS_DCMTK_367"),
	       S("\2\0\0\0\0\234\0\1\0\0PACS            STORESCU        \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\20\0\0\25"
		 "1.2.840.10008.3.1.1.1P\0\0;Q\0\0\4\0\0@\0R\0\0\34"
		 "1.2.276.0.7230010.3.0.3.6.67U\0\0\17OFFIS_DCMTK_366"));
	EXPECT(dissector_hl7, 2575,
	       "hl7.client client sender application=ADT1;facility=MCM\n"
	       "service server sender hl7\n"
	       "hl7.server server sender application=LABADT;facility=MCM\n"
	       "done\n",
	       C("\13MSH|^~\\&|ADT1|MCM|LABADT|MCM|198808181126||ADT^A01|M1|P|2.3\15EVN|A01|\15\34\15"),
	       S("\13MSH|^~\\&|LABADT|MCM|ADT1|MCM|1988||ACK^A01|M1|P|2.3\15MSA|AA|M1\15\34\15"));
}

static void carriers(void **state)
{
	EXPECT(dissector_diameter, 3868,
	       "device.name client sender mme1.epc.example.org\n"
	       "diameter.client client sender product=freeDiameter;version=10500\n"
	       "service server sender diameter\n"
	       "device.name server sender hss1.epc.example.org\n"
	       "diameter.server server sender product=pyHSS\n",
	       C("\1\0\0p\200\0\1\1\0\0\0\0\0\0\0\1\0\0\0\1\0\0\1\10@\0\0\34mme1.epc.example.org\0\0\1(@\0\0"
		 "\23example.org\0\0\0\1\12"
		 "@\0\0\14\0\0(\257\0\0\1\15\0\0\0\24freeDiameter\0\0\1\13\0\0\0\14\0\0)\4"),
	       S("\1\0\0L\0\0\1\1\0\0\0\0\0\0\0\1\0\0\0\1\0\0\1\14@\0\0\14\0\0\7\321\0\0\1\10@\0\0\34hss1.e"
		 "pc.example.org\0\0\1\15\0\0\0\15pyHSS\0\0\0"));
	EXPECT(dissector_smpp, 2775,
	       "user.name client sender shop\n"
	       "service server sender smpp\n"
	       "done\n",
	       C("\0\0\0$\0\0\0\11\0\0\0\0\0\0\0\1shop\0secret\0VMA\0"
		 "4\0\0\0"),
	       S("\0\0\0\26\200\0\0\11\0\0\0\0\0\0\0\1smsc1\0"));
	EXPECT(dissector_h323, 1720,
	       "h323.client client sender product=Callgen323;version=0.9\n"
	       "service server sender h323hostcall\n"
	       "h323.server server sender product=GNU Gatekeeper;version=5.9\n",
	       C("\3\0\0;\10\2w\364\5\4\3\200\220\245~\0+\5 \250\6\0\10\221J\0\4\"\300\11\0\0=\13Callgen323"
		 "\0\0\3"
		 "0.9\0\0\0\0\0\0\0\0\0"),
	       S("\3\0\0>\10\2\367\364\7\4\3\200\220\245~\0.\5 \250\6\0\10\221J\0\4\"\300\11\0\0=\16GNU Gat"
		 "ekeeper\0\3"
		 "5.9\0\0\0\0\0\0\0\0\0"));
	EXPECT_UDP(dissector_h323, 1719,
		   "h323.client client sender product=Ekiga;version=4.0.1\n"
		   "service server sender h323gatestat\n",
		   C("\16\200\0\1\6\0\10\221J\0\4\1\300\11\0\0=\5Ekiga\0\5"
		     "4.0.1\0\0\0\0\0"),
		   S("\22\200\0\1\6\0\10\221J\0\4\0"));
}

static void peers(void **state)
{
	EXPECT(dissector_bitcoin, 8333,
	       "bitcoin.client client sender /btcwire:0.5.0/btcd:0.22.0/\n"
	       "service server sender bitcoin\n"
	       "bitcoin.server server sender /Satoshi:22.0.0/\n"
	       "done\n",
	       C("\371\276\264\331version\0\0\0\0\0q\0\0\0\1\2\3\4\177\21\1\0\11\4\0\0\0\0\0\0\0\0\0`\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\33/btcwire:0.5.0/btcd:0.22.0/`\256\12"
		 "\0\1"),
	       S("\371\276\264\331version\0\0\0\0\0f\0\0\0\1\2\3\4\177\21\1\0\11\4\0\0\0\0\0\0\0\0\0`\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\20/Satoshi:22.0.0/`\256\12"
		 "\0\1"));
	EXPECT(dissector_stratum, 3333,
	       "stratum.client client sender cgminer/4.9.0\n"
	       "service server sender stratum\n",
	       C("{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"cgminer/4.9.0\"]}\12"
		 "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"worker\",\"x\"]}\12"),
	       S("{\"id\":1,\"result\":[[],\"08\",4],\"error\":null}\12"));
	EXPECT(dissector_stratum, 3333,
	       "stratum.client client sender XMRig/6.16.4 (Linux x86_64)\n"
	       "service server sender stratum\n",
	       C("{\"method\":\"login\",\"params\":{\"login\":\"a\",\"pass\":\"x\",\"agent\":\"XMRig/6.16.4"
		 " (Linux x86_64)\"},\"id\":1}\12"),
	       S("{\"id\":1,\"jsonrpc\":\"2.0\",\"result\":{}}\12"));
	EXPECT(dissector_stratum, 80, "not\n", C("{\"id\":1,\"method\":\"status\"}\12"));
	EXPECT(dissector_edonkey, 4662,
	       "edonkey.client client sender modification=xl build61;product=eMule;version=0.48a\n"
	       "service server sender efcp\n"
	       "edonkey.server server sender product=aMule;version=2.3.3\n"
	       "done\n",
	       C("\343L\0\0\0\1\20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0\2\1\0\1\4\0nick\3\1\0"
		 "\21<\0\0\0\2\1\0U\12"
		 "\0xl build61\3\1\0\373\0\300\0\0\0\0\0\0\0\0"),
	       S("\3433\0\0\0L\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0\2\1\0\1\4\0nick\3\1\0\373"
		 "\200\15\4\3\0\0\0\0\0\0"));
	EXPECT(dissector_minecraft, 25565,
	       "service server sender minecraft\n"
	       "game.server server sender edition=Paper 1.20.4\n"
	       "done\n",
	       C("\20\0\375\5\11localhostc\335\1\1\0"),
	       S("T\0R{\"version\":{\"name\":\"Paper 1.20.4\",\"protocol\":765},\"players\":{\"max\":20,\"o"
		 "nline\":0}}"));
}

static void files(void **state)
{
	EXPECT(dissector_dsi, 548,
	       "service server sender afpovertcp\n"
	       "afp.server server sender machine=Netatalk3.1.12;protocol=AFP3.4\n"
	       "device.name server sender nas1\n",
	       C("\0\3\0\1\0\0\0\0\0\0\0\0\0\0\0\0"),
	       S("\1\3\0\1\0\0\0\0\0\0\0"
		 "4\0\0\0\0\0\17\0\36\0\0\0\0\237\363\4nas1\16Netatalk3.1.12\3\6AFPX03\6AFP3.3\6AFP3.4"));
	EXPECT(dissector_dsi, 548,
	       "service server sender afpovertcp\n"
	       "user.name client sender anna\n"
	       "user.name client sender ben\n",
	       C("\0\4\0\1\0\0\0\0\0\0\0\6\0\0\0\0\1\4\0\0\4\0"), S("\1\4\0\1\0\0\0\0\0\0\0\6\0\0\0\0\0\4\0\20\0\0"),
	       C("\0\2\0\1\0\0\0\0\0\0\0\32\0\0\0\0\22\6AFP3.4\4DHX2\4anna\0\0\0\0\0\0\0\0"),
	       C("\0\2\0\1\0\0\0\0\0\0\0\26\0\0\0\0?\0\0\0\6AFP3.4\4DHX2\3\0\3ben"));
	EXPECT(dissector_ident, 113,
	       "service server sender auth\n"
	       "user.name server sender stjohns\n"
	       "done\n",
	       C("6193, 23\15\12"), S("6193, 23 : USERID : UNIX : stjohns\15\12"));
	EXPECT(dissector_ident, 113,
	       "service server sender auth\n"
	       "done\n",
	       C("6193, 23\15\12"), S("6193, 23 : ERROR : NO-USER\15\12"));
	EXPECT(dissector_ident, 113, "not\n", C("GET / HTTP/1.0\15\12"));
}

static void plants(void **state)
{
	EXPECT(dissector_synchrophasor, 4712,
	       "service server sender synchrophasor\n"
	       "synchrophasor.station server sender kind=phasor measurement unit;station=Blue PMU\n"
	       "done\n",
	       C("\252A\0\22\0\361H\2234J\0\0\0\0\0\5\0\0"),
	       S("\2521\0:\0\361H\2234J\0\0\0\0\0\377\377\377\0\1Blue PMU        \0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0"));
	EXPECT(dissector_ads, 48898,
	       "service server sender ads\n"
	       "ads.device server sender product=TwinCAT PLC Server;vendor=Beckhoff;version=2.11.2103\n",
	       C("\0\0 \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\4\0\0\0\0\0\0\0\0\0\5\0\0\0"),
	       S("\0\0"
		 "8\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\5\0\30\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\2\13"
		 "7\10PLC Server\0\0\0\0\0\0"));
	EXPECT(dissector_openflow, 6653,
	       "service server sender openflow\n"
	       "openflow.device client sender vendor=NEC Corporation;model=PF5240F-48T4XW-AX;firmware=OS-F3PA Ver. "
	       "V4.0.1.0;serial=Y1252CFA\n",
	       C("\1\0\0\10\0\0\0\1"), S("\1\0\0\10\0\0\0\1"),
	       C("\1\21\4,\0\0\0\1\0\0\0\0NEC Corporation\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0PF5240F-48T4XW-AX"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0OS-F3PA Ver. V4.0.1.0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0Y1252CFA\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0None\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0"));
	EXPECT(dissector_openflow, 1232, "not\n", C("\3\0\0\14\2p\1\6\0\10\1\1"), S("\3\0\0\14\2p\1\6\0\10\1\1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(databases), cmocka_unit_test(clinics), cmocka_unit_test(carriers),
		cmocka_unit_test(peers),     cmocka_unit_test(files),   cmocka_unit_test(plants),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
