/* font.c - what the 256 characters of a PC's text screen look like, in
 * 8 x 16 pixels. `make font` made it from the glyphs of Terminus
 * Font; only the file format differs. */
/* clang-format off */
/* This file is under the license of the glyphs:
 *
 * Copyright (c) 2010-2014 Dimitar Toshkov Zhekov,
 * with Reserved Font Name "Terminus Font".
 *
 * -----------------------------------------------------------
 * SIL OPEN FONT LICENSE Version 1.1 - 26 February 2007
 * -----------------------------------------------------------
 *
 * PREAMBLE
 * The goals of the Open Font License (OFL) are to stimulate worldwide
 * development of collaborative font projects, to support the font creation
 * efforts of academic and linguistic communities, and to provide a free and
 * open framework in which fonts may be shared and improved in partnership
 * with others.
 *
 * The OFL allows the licensed fonts to be used, studied, modified and
 * redistributed freely as long as they are not sold by themselves. The
 * fonts, including any derivative works, can be bundled, embedded,
 * redistributed and/or sold with any software provided that any reserved
 * names are not used by derivative works. The fonts and derivatives,
 * however, cannot be released under any other type of license. The
 * requirement for fonts to remain under this license does not apply
 * to any document created using the fonts or their derivatives.
 *
 * DEFINITIONS
 * "Font Software" refers to the set of files released by the Copyright
 * Holder(s) under this license and clearly marked as such. This may
 * include source files, build scripts and documentation.
 *
 * "Reserved Font Name" refers to any names specified as such after the
 * copyright statement(s).
 *
 * "Original Version" refers to the collection of Font Software components as
 * distributed by the Copyright Holder(s).
 *
 * "Modified Version" refers to any derivative made by adding to, deleting,
 * or substituting -- in part or in whole -- any of the components of the
 * Original Version, by changing formats or by porting the Font Software to a
 * new environment.
 *
 * "Author" refers to any designer, engineer, programmer, technical
 * writer or other person who contributed to the Font Software.
 *
 * PERMISSION & CONDITIONS
 * Permission is hereby granted, free of charge, to any person obtaining
 * a copy of the Font Software, to use, study, copy, merge, embed, modify,
 * redistribute, and sell modified and unmodified copies of the Font
 * Software, subject to the following conditions:
 *
 * 1) Neither the Font Software nor any of its individual components,
 * in Original or Modified Versions, may be sold by itself.
 *
 * 2) Original or Modified Versions of the Font Software may be bundled,
 * redistributed and/or sold with any software, provided that each copy
 * contains the above copyright notice and this license. These can be
 * included either as stand-alone text files, human-readable headers or
 * in the appropriate machine-readable metadata fields within text or
 * binary files as long as those fields can be easily viewed by the user.
 *
 * 3) No Modified Version of the Font Software may use the Reserved Font
 * Name(s) unless explicit written permission is granted by the corresponding
 * Copyright Holder. This restriction only applies to the primary font name as
 * presented to the users.
 *
 * 4) The name(s) of the Copyright Holder(s) or the Author(s) of the Font
 * Software shall not be used to promote, endorse or advertise any
 * Modified Version, except to acknowledge the contribution(s) of the
 * Copyright Holder(s) and the Author(s) or with their explicit written
 * permission.
 *
 * 5) The Font Software, modified or unmodified, in part or in whole,
 * must be distributed entirely under this license, and must not be
 * distributed under any other license. The requirement for fonts to
 * remain under this license does not apply to any document created
 * using the Font Software.
 *
 * TERMINATION
 * This license becomes null and void if any of the above conditions are
 * not met.
 *
 * DISCLAIMER
 * THE FONT SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND,
 * EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO ANY WARRANTIES OF
 * MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT
 * OF COPYRIGHT, PATENT, TRADEMARK, OR OTHER RIGHT. IN NO EVENT SHALL THE
 * COPYRIGHT HOLDER BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY,
 * INCLUDING ANY GENERAL, SPECIAL, INDIRECT, INCIDENTAL, OR CONSEQUENTIAL
 * DAMAGES, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING
 * FROM, OUT OF THE USE OR INABILITY TO USE THE FONT SOFTWARE OR FROM
 * OTHER DEALINGS IN THE FONT SOFTWARE.
 */
#include <font.h>

/* A line for each character, its number first. */
const uint64_t font[][2] = {
    /* 00 */ {0x0000664200424242, 0x0042426600000000},
    /* 01 */ {0x00007c82aa8282ba, 0x9282827c00000000},
    /* 02 */ {0x00007cfed6fefec6, 0xeefefe7c00000000},
    /* 03 */ {0x000000006cfefefe, 0xfe7c381000000000},
    /* 04 */ {0x0000000010387cfe, 0x7c38100000000000},
    /* 05 */ {0x00001038381054fe, 0xfe54103800000000},
    /* 06 */ {0x00001010387cfefe, 0x7c10103800000000},
    /* 07 */ {0x0000000000000000, 0x0000000000000000},
    /* 08 */ {0xffffffffffffe7c3, 0xc3e7ffffffffffff},
    /* 09 */ {0x0000000000001824, 0x2418000000000000},
    /* 0a */ {0xffffffffffffe7db, 0xdbe7ffffffffffff},
    /* 0b */ {0x00001e060a123844, 0x4444443800000000},
    /* 0c */ {0x0000384444444438, 0x107c101000000000},
    /* 0d */ {0x00003e223e202020, 0x202020c000000000},
    /* 0e */ {0x0000000000000000, 0x0000000000000000},
    /* 0f */ {0x00000010925438ee, 0x3854921000000000},
    /* 10 */ {0x00000000c0f0fcff, 0xfcf0c00000000000},
    /* 11 */ {0x00000000030f3fff, 0x3f0f030000000000},
    /* 12 */ {0x0000103854101010, 0x1054381000000000},
    /* 13 */ {0x0000242424242424, 0x2400242400000000},
    /* 14 */ {0x00007e9292929272, 0x1212121200000000},
    /* 15 */ {0x0038444030484444, 0x2418044438000000},
    /* 16 */ {0x0000000000000000, 0x7e7e7e7e00000000},
    /* 17 */ {0x0000103854101010, 0x5438107c00000000},
    /* 18 */ {0x0000103854101010, 0x1010101000000000},
    /* 19 */ {0x0000101010101010, 0x1054381000000000},
    /* 1a */ {0x00000000000804fe, 0x0408000000000000},
    /* 1b */ {0x00000000002040fe, 0x4020000000000000},
    /* 1c */ {0x0000000040404040, 0x407e000000000000},
    /* 1d */ {0x00000000002442ff, 0x4224000000000000},
    /* 1e */ {0x0000000010103838, 0x7c7cfefe00000000},
    /* 1f */ {0x00000000fefe7c7c, 0x3838101000000000},
    /* 20 */ {0x0000000000000000, 0x0000000000000000},
    /* 21 */ {0x0000101010101010, 0x1000101000000000},
    /* 22 */ {0x0024242400000000, 0x0000000000000000},
    /* 23 */ {0x00002424247e2424, 0x7e24242400000000},
    /* 24 */ {0x0010107c9290907c, 0x1212927c10100000},
    /* 25 */ {0x0000649468081010, 0x202c524c00000000},
    /* 26 */ {0x000018242418304a, 0x4444443a00000000},
    /* 27 */ {0x0010101000000000, 0x0000000000000000},
    /* 28 */ {0x0000081020202020, 0x2020100800000000},
    /* 29 */ {0x0000201008080808, 0x0808102000000000},
    /* 2a */ {0x000000000024187e, 0x1824000000000000},
    /* 2b */ {0x000000000010107c, 0x1010000000000000},
    /* 2c */ {0x0000000000000000, 0x0000101020000000},
    /* 2d */ {0x000000000000007e, 0x0000000000000000},
    /* 2e */ {0x0000000000000000, 0x0000101000000000},
    /* 2f */ {0x0000040408081010, 0x2020404000000000},
    /* 30 */ {0x00003c4242464a52, 0x6242423c00000000},
    /* 31 */ {0x0000081828080808, 0x0808083e00000000},
    /* 32 */ {0x00003c4242020408, 0x1020407e00000000},
    /* 33 */ {0x00003c4242021c02, 0x0242423c00000000},
    /* 34 */ {0x000002060a122242, 0x7e02020200000000},
    /* 35 */ {0x00007e4040407c02, 0x0202423c00000000},
    /* 36 */ {0x00001c2040407c42, 0x4242423c00000000},
    /* 37 */ {0x00007e0202040408, 0x0810101000000000},
    /* 38 */ {0x00003c4242423c42, 0x4242423c00000000},
    /* 39 */ {0x00003c424242423e, 0x0202043800000000},
    /* 3a */ {0x0000000000101000, 0x0000101000000000},
    /* 3b */ {0x0000000000101000, 0x0000101020000000},
    /* 3c */ {0x0000000408102040, 0x2010080400000000},
    /* 3d */ {0x00000000007e0000, 0x7e00000000000000},
    /* 3e */ {0x0000004020100804, 0x0810204000000000},
    /* 3f */ {0x00003c4242420408, 0x0800080800000000},
    /* 40 */ {0x00007c829ea2a2a2, 0xa69a807e00000000},
    /* 41 */ {0x00003c424242427e, 0x4242424200000000},
    /* 42 */ {0x00007c4242427c42, 0x4242427c00000000},
    /* 43 */ {0x00003c4242404040, 0x4042423c00000000},
    /* 44 */ {0x0000784442424242, 0x4242447800000000},
    /* 45 */ {0x00007e4040407840, 0x4040407e00000000},
    /* 46 */ {0x00007e4040407840, 0x4040404000000000},
    /* 47 */ {0x00003c424240404e, 0x4242423c00000000},
    /* 48 */ {0x0000424242427e42, 0x4242424200000000},
    /* 49 */ {0x0000381010101010, 0x1010103800000000},
    /* 4a */ {0x00000e0404040404, 0x0444443800000000},
    /* 4b */ {0x0000424448506060, 0x5048444200000000},
    /* 4c */ {0x0000404040404040, 0x4040407e00000000},
    /* 4d */ {0x000082c6aa929282, 0x8282828200000000},
    /* 4e */ {0x000042424262524a, 0x4642424200000000},
    /* 4f */ {0x00003c4242424242, 0x4242423c00000000},
    /* 50 */ {0x00007c424242427c, 0x4040404000000000},
    /* 51 */ {0x00003c4242424242, 0x42424a3c02000000},
    /* 52 */ {0x00007c424242427c, 0x5048444200000000},
    /* 53 */ {0x00003c4240403c02, 0x0242423c00000000},
    /* 54 */ {0x0000fe1010101010, 0x1010101000000000},
    /* 55 */ {0x0000424242424242, 0x4242423c00000000},
    /* 56 */ {0x0000424242424224, 0x2424181800000000},
    /* 57 */ {0x0000828282828292, 0x92aac68200000000},
    /* 58 */ {0x0000424224241818, 0x2424424200000000},
    /* 59 */ {0x0000828244442810, 0x1010101000000000},
    /* 5a */ {0x00007e0202040810, 0x2040407e00000000},
    /* 5b */ {0x0000382020202020, 0x2020203800000000},
    /* 5c */ {0x0000404020201010, 0x0808040400000000},
    /* 5d */ {0x0000380808080808, 0x0808083800000000},
    /* 5e */ {0x0010284400000000, 0x0000000000000000},
    /* 5f */ {0x0000000000000000, 0x00000000007e0000},
    /* 60 */ {0x1008000000000000, 0x0000000000000000},
    /* 61 */ {0x00000000003c023e, 0x4242423e00000000},
    /* 62 */ {0x00004040407c4242, 0x4242427c00000000},
    /* 63 */ {0x00000000003c4240, 0x4040423c00000000},
    /* 64 */ {0x00000202023e4242, 0x4242423e00000000},
    /* 65 */ {0x00000000003c4242, 0x7e40403c00000000},
    /* 66 */ {0x00000e10107c1010, 0x1010101000000000},
    /* 67 */ {0x00000000003e4242, 0x4242423e02023c00},
    /* 68 */ {0x00004040407c4242, 0x4242424200000000},
    /* 69 */ {0x0000101000301010, 0x1010103800000000},
    /* 6a */ {0x00000404000c0404, 0x0404040444443800},
    /* 6b */ {0x0000404040424448, 0x7048444200000000},
    /* 6c */ {0x0000301010101010, 0x1010103800000000},
    /* 6d */ {0x0000000000fc9292, 0x9292929200000000},
    /* 6e */ {0x00000000007c4242, 0x4242424200000000},
    /* 6f */ {0x00000000003c4242, 0x4242423c00000000},
    /* 70 */ {0x00000000007c4242, 0x4242427c40404000},
    /* 71 */ {0x00000000003e4242, 0x4242423e02020200},
    /* 72 */ {0x00000000005e6040, 0x4040404000000000},
    /* 73 */ {0x00000000003e4040, 0x3c02027c00000000},
    /* 74 */ {0x00001010107c1010, 0x1010100e00000000},
    /* 75 */ {0x0000000000424242, 0x4242423e00000000},
    /* 76 */ {0x0000000000424242, 0x2424181800000000},
    /* 77 */ {0x0000000000828292, 0x9292927c00000000},
    /* 78 */ {0x0000000000424224, 0x1824424200000000},
    /* 79 */ {0x0000000000424242, 0x4242423e02023c00},
    /* 7a */ {0x00000000007e0408, 0x1020407e00000000},
    /* 7b */ {0x00000c1010102010, 0x1010100c00000000},
    /* 7c */ {0x0000101010101010, 0x1010101000000000},
    /* 7d */ {0x0000300808080408, 0x0808083000000000},
    /* 7e */ {0x0000000000006292, 0x8c00000000000000},
    /* 7f */ {0x0000000010284482, 0x828282fe00000000},
    /* 80 */ {0x00003c4242404040, 0x4042423c10102000},
    /* 81 */ {0x0000242400424242, 0x4242423e00000000},
    /* 82 */ {0x00000810003c4242, 0x7e40403c00000000},
    /* 83 */ {0x00001824003c023e, 0x4242423e00000000},
    /* 84 */ {0x00002424003c023e, 0x4242423e00000000},
    /* 85 */ {0x00001008003c023e, 0x4242423e00000000},
    /* 86 */ {0x00001824183c023e, 0x4242423e00000000},
    /* 87 */ {0x00000000003c4240, 0x4040423c10102000},
    /* 88 */ {0x00001824003c4242, 0x7e40403c00000000},
    /* 89 */ {0x00002424003c4242, 0x7e40403c00000000},
    /* 8a */ {0x00001008003c4242, 0x7e40403c00000000},
    /* 8b */ {0x0000484800301010, 0x1010103800000000},
    /* 8c */ {0x0000304800301010, 0x1010103800000000},
    /* 8d */ {0x0000201000301010, 0x1010103800000000},
    /* 8e */ {0x2424003c4242427e, 0x4242424200000000},
    /* 8f */ {0x1824183c4242427e, 0x4242424200000000},
    /* 90 */ {0x0810007e40404078, 0x4040407e00000000},
    /* 91 */ {0x00000000006c1272, 0x9e90906c00000000},
    /* 92 */ {0x00007e909090fc90, 0x9090909e00000000},
    /* 93 */ {0x00001824003c4242, 0x4242423c00000000},
    /* 94 */ {0x00002424003c4242, 0x4242423c00000000},
    /* 95 */ {0x00001008003c4242, 0x4242423c00000000},
    /* 96 */ {0x0000182400424242, 0x4242423e00000000},
    /* 97 */ {0x0000100800424242, 0x4242423e00000000},
    /* 98 */ {0x0000242400424242, 0x4242423e02023c00},
    /* 99 */ {0x2424003c42424242, 0x4242423c00000000},
    /* 9a */ {0x2424004242424242, 0x4242423c00000000},
    /* 9b */ {0x00000010107c9290, 0x9090927c10100000},
    /* 9c */ {0x0000182420207820, 0x2020227e00000000},
    /* 9d */ {0x000082824428107c, 0x107c101000000000},
    /* 9e */ {0x0000f0888888f484, 0x8e84848200000000},
    /* 9f */ {0x00000c1210107c10, 0x1010101010906000},
    /* a0 */ {0x00000810003c023e, 0x4242423e00000000},
    /* a1 */ {0x0000081000301010, 0x1010103800000000},
    /* a2 */ {0x00000810003c4242, 0x4242423c00000000},
    /* a3 */ {0x0000081000424242, 0x4242423e00000000},
    /* a4 */ {0x0000324c007c4242, 0x4242424200000000},
    /* a5 */ {0x324c00424262524a, 0x4642424200000000},
    /* a6 */ {0x0038043c443c007c, 0x0000000000000000},
    /* a7 */ {0x003844444438007c, 0x0000000000000000},
    /* a8 */ {0x0000101000101020, 0x4242423c00000000},
    /* a9 */ {0x00000000007e4040, 0x4000000000000000},
    /* aa */ {0x00000000007e0202, 0x0200000000000000},
    /* ab */ {0x0020602022240810, 0x204c9204081e0000},
    /* ac */ {0x0020602022240810, 0x22468a1e02020000},
    /* ad */ {0x0000101000101010, 0x1010101000000000},
    /* ae */ {0x0000000000122448, 0x9048241200000000},
    /* af */ {0x0000000000904824, 0x1224489000000000},
    /* b0 */ {0x8822882288228822, 0x8822882288228822},
    /* b1 */ {0xaa55aa55aa55aa55, 0xaa55aa55aa55aa55},
    /* b2 */ {0xeebbeebbeebbeebb, 0xeebbeebbeebbeebb},
    /* b3 */ {0x1010101010101010, 0x1010101010101010},
    /* b4 */ {0x10101010101010f0, 0x1010101010101010},
    /* b5 */ {0x101010101010f010, 0xf010101010101010},
    /* b6 */ {0x28282828282828e8, 0x2828282828282828},
    /* b7 */ {0x00000000000000f8, 0x2828282828282828},
    /* b8 */ {0x000000000000f010, 0xf010101010101010},
    /* b9 */ {0x282828282828e808, 0xe828282828282828},
    /* ba */ {0x2828282828282828, 0x2828282828282828},
    /* bb */ {0x000000000000f808, 0xe828282828282828},
    /* bc */ {0x282828282828e808, 0xf800000000000000},
    /* bd */ {0x28282828282828f8, 0x0000000000000000},
    /* be */ {0x101010101010f010, 0xf000000000000000},
    /* bf */ {0x00000000000000f0, 0x1010101010101010},
    /* c0 */ {0x101010101010101f, 0x0000000000000000},
    /* c1 */ {0x10101010101010ff, 0x0000000000000000},
    /* c2 */ {0x00000000000000ff, 0x1010101010101010},
    /* c3 */ {0x101010101010101f, 0x1010101010101010},
    /* c4 */ {0x00000000000000ff, 0x0000000000000000},
    /* c5 */ {0x10101010101010ff, 0x1010101010101010},
    /* c6 */ {0x1010101010101f10, 0x1f10101010101010},
    /* c7 */ {0x282828282828282f, 0x2828282828282828},
    /* c8 */ {0x2828282828282f20, 0x3f00000000000000},
    /* c9 */ {0x0000000000003f20, 0x2f28282828282828},
    /* ca */ {0x282828282828ef00, 0xff00000000000000},
    /* cb */ {0x000000000000ff00, 0xef28282828282828},
    /* cc */ {0x2828282828282f20, 0x2f28282828282828},
    /* cd */ {0x000000000000ff00, 0xff00000000000000},
    /* ce */ {0x282828282828ef00, 0xef28282828282828},
    /* cf */ {0x101010101010ff00, 0xff00000000000000},
    /* d0 */ {0x28282828282828ff, 0x0000000000000000},
    /* d1 */ {0x000000000000ff00, 0xff10101010101010},
    /* d2 */ {0x00000000000000ff, 0x2828282828282828},
    /* d3 */ {0x282828282828283f, 0x0000000000000000},
    /* d4 */ {0x1010101010101f10, 0x1f00000000000000},
    /* d5 */ {0x0000000000001f10, 0x1f10101010101010},
    /* d6 */ {0x000000000000003f, 0x2828282828282828},
    /* d7 */ {0x28282828282828ff, 0x2828282828282828},
    /* d8 */ {0x101010101010ff10, 0xff10101010101010},
    /* d9 */ {0x10101010101010f0, 0x0000000000000000},
    /* da */ {0x000000000000001f, 0x1010101010101010},
    /* db */ {0xffffffffffffffff, 0xffffffffffffffff},
    /* dc */ {0x0000000000000000, 0xffffffffffffffff},
    /* dd */ {0xf0f0f0f0f0f0f0f0, 0xf0f0f0f0f0f0f0f0},
    /* de */ {0x0f0f0f0f0f0f0f0f, 0x0f0f0f0f0f0f0f0f},
    /* df */ {0xffffffffffffffff, 0x0000000000000000},
    /* e0 */ {0x00000000003a4644, 0x4444463a00000000},
    /* e1 */ {0x0000384444487c42, 0x4242625c00000000},
    /* e2 */ {0x00007e4040404040, 0x4040404000000000},
    /* e3 */ {0x00000000007e4242, 0x4242424200000000},
    /* e4 */ {0x00007e4020100808, 0x1020407e00000000},
    /* e5 */ {0x00000000003e4444, 0x4444443800000000},
    /* e6 */ {0x0000000000424242, 0x4242467a40404000},
    /* e7 */ {0x0000000000fe1010, 0x1010100c00000000},
    /* e8 */ {0x0000107c92929292, 0x92927c1000000000},
    /* e9 */ {0x00003c4242425a42, 0x4242423c00000000},
    /* ea */ {0x00003c4242424242, 0x4224246600000000},
    /* eb */ {0x00003e10083c4242, 0x4242423c00000000},
    /* ec */ {0x00000000007c9292, 0x927c000000000000},
    /* ed */ {0x00000000004c9292, 0x9292927c10101000},
    /* ee */ {0x00000000003c4240, 0x3840423c00000000},
    /* ef */ {0x000000003c424242, 0x4242424200000000},
    /* f0 */ {0x000000007e00007e, 0x00007e0000000000},
    /* f1 */ {0x000000000010107c, 0x1010007c00000000},
    /* f2 */ {0x0000002010080408, 0x1020007c00000000},
    /* f3 */ {0x0000000408102010, 0x0804003e00000000},
    /* f4 */ {0x00000c1212101010, 0x1010101010101010},
    /* f5 */ {0x1010101010101010, 0x1090906000000000},
    /* f6 */ {0x000000001010007c, 0x0010100000000000},
    /* f7 */ {0x0000000000324c00, 0x324c000000000000},
    /* f8 */ {0x0018242418000000, 0x0000000000000000},
    /* f9 */ {0x0000000000000018, 0x1800000000000000},
    /* fa */ {0x0000000000000010, 0x1000000000000000},
    /* fb */ {0x0006040404044444, 0x4424140c00000000},
    /* fc */ {0x0000382424242400, 0x0000000000000000},
    /* fd */ {0x0018240408103c00, 0x0000000000000000},
    /* fe */ {0x00000000003c3c3c, 0x3c3c3c0000000000},
    /* ff */ {0x0000000000000000, 0x0000000000000000},
};
