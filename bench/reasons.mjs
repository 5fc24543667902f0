/** Why a goal is missed, by its name in goals.mjs, with the profile that shows it. Printed only where it is missed. */
export const REASONS = {}
