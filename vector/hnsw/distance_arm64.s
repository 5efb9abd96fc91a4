#include "textflag.h"

// The kernels walk ids as those for amd64 do. Go's assembler has no vector addition of floats: a multiplication by one
// and a fused addition or subtraction take its place, and are exact.

// ROW puts the address of the row of slot R6 into R8; R1 is the table, R4 the elements of a row, R7 is lost.
#define ROW(log) \
	LSR  $10, R6, R7    \
	ADD  R7<<1, R7, R7  \
	ADD  R7<<3, R1, R7  \
	MOVD (R7), R8       \
	AND  $1023, R6, R6  \
	MUL  R4, R6, R6     \
	ADD  R6<<log, R8, R8

#define CLEAR4 \
	VEOR V16.B16, V16.B16, V16.B16 \
	VEOR V17.B16, V17.B16, V17.B16 \
	VEOR V18.B16, V18.B16, V18.B16 \
	VEOR V19.B16, V19.B16, V19.B16

// ONES fills V21 with 1.
#define ONES \
	FMOVS $1.0, F21 \
	VDUP  V21.S[0], V21.S4

// SUM16 adds up V16 to V19 into F16.
#define SUM16 \
	VFMLA V21.S4, V17.S4, V16.S4 \
	VFMLA V21.S4, V19.S4, V18.S4 \
	VFMLA V21.S4, V18.S4, V16.S4 \
	VDUP  V16.S[1], V0.S4        \
	VDUP  V16.S[2], V1.S4        \
	VDUP  V16.S[3], V2.S4        \
	FADDS F0, F16, F16           \
	FADDS F2, F1, F1             \
	FADDS F1, F16, F16

// func dotNEON(q *float32, table *[]float32, ids *uint32, n, stride int, c float32, out *float32)
TEXT ·dotNEON(SB), NOSPLIT, $0-56
	MOVD  q+0(FP), R0
	MOVD  table+8(FP), R1
	MOVD  ids+16(FP), R2
	MOVD  n+24(FP), R3
	MOVD  stride+32(FP), R4
	FMOVS c+40(FP), F20
	MOVD  out+48(FP), R5
	ONES

dotrow:
	MOVWU.P 4(R2), R6
	ROW(2)
	MOVD    R0, R9
	MOVD    R4, R10
	CLEAR4

dotloop:
	CMP    $16, R10
	BLT    dottail
	VLD1.P 64(R9), [V0.S4, V1.S4, V2.S4, V3.S4]
	VLD1.P 64(R8), [V4.S4, V5.S4, V6.S4, V7.S4]
	VFMLA  V0.S4, V4.S4, V16.S4
	VFMLA  V1.S4, V5.S4, V17.S4
	VFMLA  V2.S4, V6.S4, V18.S4
	VFMLA  V3.S4, V7.S4, V19.S4
	SUB    $16, R10
	B      dotloop

dottail:
	CBZ    R10, dotsum
	VLD1.P 32(R9), [V0.S4, V1.S4]
	VLD1.P 32(R8), [V4.S4, V5.S4]
	VFMLA  V0.S4, V4.S4, V16.S4
	VFMLA  V1.S4, V5.S4, V17.S4

dotsum:
	SUM16
	FSUBS   F16, F20, F16
	FMOVS.P F16, 4(R5)
	SUBS    $1, R3
	BNE     dotrow
	RET

// func l2NEON(q *float32, table *[]float32, ids *uint32, n, stride int, out *float32)
TEXT ·l2NEON(SB), NOSPLIT, $0-48
	MOVD q+0(FP), R0
	MOVD table+8(FP), R1
	MOVD ids+16(FP), R2
	MOVD n+24(FP), R3
	MOVD stride+32(FP), R4
	MOVD out+40(FP), R5
	ONES

l2row:
	MOVWU.P 4(R2), R6
	ROW(2)
	MOVD    R0, R9
	MOVD    R4, R10
	CLEAR4

l2loop:
	CMP    $16, R10
	BLT    l2tail
	VLD1.P 64(R9), [V0.S4, V1.S4, V2.S4, V3.S4]
	VLD1.P 64(R8), [V4.S4, V5.S4, V6.S4, V7.S4]
	VFMLS  V21.S4, V4.S4, V0.S4
	VFMLS  V21.S4, V5.S4, V1.S4
	VFMLS  V21.S4, V6.S4, V2.S4
	VFMLS  V21.S4, V7.S4, V3.S4
	VFMLA  V0.S4, V0.S4, V16.S4
	VFMLA  V1.S4, V1.S4, V17.S4
	VFMLA  V2.S4, V2.S4, V18.S4
	VFMLA  V3.S4, V3.S4, V19.S4
	SUB    $16, R10
	B      l2loop

l2tail:
	CBZ    R10, l2sum
	VLD1.P 32(R9), [V0.S4, V1.S4]
	VLD1.P 32(R8), [V4.S4, V5.S4]
	VFMLS  V21.S4, V4.S4, V0.S4
	VFMLS  V21.S4, V5.S4, V1.S4
	VFMLA  V0.S4, V0.S4, V16.S4
	VFMLA  V1.S4, V1.S4, V17.S4

l2sum:
	SUM16
	FMOVS.P F16, 4(R5)
	SUBS    $1, R3
	BNE     l2row
	RET

// SMLAL and SMLAL2 multiply the lower or upper four int16 of n and m and add the products to the int32 of d. Go's assembler
// does not know them.
#define SMLAL(m, n, d) WORD $(0x0e608000 | (m<<16) | (n<<5) | d)
#define SMLAL2(m, n, d) WORD $(0x4e608000 | (m<<16) | (n<<5) | d)

// func int8NEON(q *int16, table *[]uint8, ids *uint32, n, stride, width, meta int, sum int32, a, b, c float32, out *float32)
TEXT ·int8NEON(SB), NOSPLIT, $0-80
	MOVD  q+0(FP), R0
	MOVD  table+8(FP), R1
	MOVD  ids+16(FP), R2
	MOVD  n+24(FP), R3
	MOVD  stride+32(FP), R4
	MOVD  width+40(FP), R11
	MOVD  meta+48(FP), R12
	MOVW  sum+56(FP), R13
	FMOVS a+60(FP), F22
	FMOVS b+64(FP), F23
	FMOVS c+68(FP), F24
	MOVD  out+72(FP), R5

int8row:
	MOVWU.P 4(R2), R6
	ROW(0)
	ADD     R12, R8, R14
	MOVD    R0, R9
	MOVD    R11, R10
	CLEAR4

int8loop:
	VLD1.P  16(R8), [V4.B16]
	VLD1.P  32(R9), [V0.H8, V1.H8]
	VUXTL   V4.B8, V5.H8
	VUXTL2  V4.B16, V6.H8
	SMLAL(0, 5, 16)
	SMLAL2(0, 5, 17)
	SMLAL(1, 6, 18)
	SMLAL2(1, 6, 19)
	SUBS    $16, R10
	BNE     int8loop

	VADD    V17.S4, V16.S4, V16.S4
	VADD    V19.S4, V18.S4, V18.S4
	VADD    V18.S4, V16.S4, V16.S4
	VADDV   V16.S4, V16
	VMOV    V16.S[0], R6
	SUBW    R13, R6, R6
	SCVTFWS R6, F0
	FMOVS   (R14), F1
	FMOVS   4(R14), F2
	FMULS   F1, F0, F0
	FMULS   F23, F0, F0
	FADDS   F24, F0, F0
	FMULS   F22, F2, F2
	FADDS   F2, F0, F0
	FMOVS.P F0, 4(R5)
	SUBS    $1, R3
	BNE     int8row
	RET
