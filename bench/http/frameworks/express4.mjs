import express from 'express4'
import { onExpress } from './on-express.mjs'

export const { bare, guarded } = onExpress(express)
